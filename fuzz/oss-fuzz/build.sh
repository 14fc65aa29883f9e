#!/bin/bash
# Builds every fuzz target into $OUT, each with its seeds: what OSS-Fuzz and ClusterFuzzLite run in their
# images, and scripts/oss-fuzz-build without them.
set -eu

cd "$SRC/memoman"
sanitizer=${SANITIZER:-address}
targets=$(basename -s .rs fuzz/fuzz_targets/*.rs)

if [ "$sanitizer" = coverage ]; then
  # The images' cargo makes a plain build of this, with RUSTFLAGS of theirs. The C code is the reference, not
  # what is measured, and clang's profiles aren't rustc's.
  unset CFLAGS CXXFLAGS
  cargo fuzz build -O
  # That build knows no features, which latency wants.
  targets=$(grep -v '^latency$' <<<"$targets")
else
  # Comparisons stay traced, other than in scripts/fuzz: ClusterFuzz's value profile needs it.
  cargo fuzz build -O --sanitizer "$sanitizer"
  # The engine counts for this one only.
  cargo fuzz build -O --sanitizer "$sanitizer" --features cost latency
fi

# A workspace has one target folder.
built=${CARGO_TARGET_DIR:-$SRC/memoman/target}/$(rustc -vV | sed -n 's/^host: //p')/release
for target in $targets; do
  cp "$built/$target" "$OUT/"
  seeds=corpus/$target-v1
  # Zipped by their names alone, in a stable order.
  if [ -d "$seeds" ]; then
    (cd "$seeds" && find . -type f | sort | zip -q -@ "$OUT/${target}_seed_corpus.zip")
  fi
done
