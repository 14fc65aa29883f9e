//! Benchmarks of memoman beside TLSF 3.1 in C and other allocators: the folders `compare` and `latency`,
//! and `common`, which both use. This file is empty: a package has a library or a program.
