#!/bin/bash
# The same as on OSS-Fuzz.
exec bash -eu "$SRC/memoman/fuzz/oss-fuzz/build.sh"
