#!/bin/bash -eu
# Builds the fuzz targets into $OUT, each with its seeds and options. ClusterFuzzLite and OSS-Fuzz run this in their
# images.
set -eu
cd "$SRC/first-fit"

cargo fuzz build -O --sanitizer "${SANITIZER:-address}"
# The programs that the harness comes with, by a program that no sanitizer slows down.
seeds=$(mktemp -d)
RUSTFLAGS='' cargo run --quiet --example seeds -- "$seeds"

# The target folder of the workspace that fuzz/ belongs to.
built=$(cargo metadata --manifest-path fuzz/Cargo.toml --no-deps --format-version 1 |
  sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/$(rustc -vV | sed -n 's/^host: //p')/release
for source in fuzz/fuzz_targets/*.rs; do
  target=$(basename -s .rs "$source")
  cp "$built/$target" "$OUT/"
  (cd "$seeds" && find . -type f | sort | zip -q -@ "$OUT/${target}_seed_corpus.zip")
  if [ -f "fuzz/$target.options" ]; then cp "fuzz/$target.options" "$OUT/"; fi
done
rm -r "$seeds"
