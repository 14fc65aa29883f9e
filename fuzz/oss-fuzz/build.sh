#!/bin/bash -eu
# Copyright 2026 The memoman authors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.
#
################################################################################

# Builds every fuzz target into $OUT, each with its seeds. OSS-Fuzz and ClusterFuzzLite run this in their
# images; scripts/oss-fuzz-build runs it without them.
set -eu

cd "$SRC/memoman"
sanitizer=${SANITIZER:-address}
targets=$(basename -s .rs fuzz/fuzz_targets/*.rs)

if [ "$sanitizer" = coverage ]; then
  # In the images, this is a plain build with the RUSTFLAGS of the images. CFLAGS are unset because the C code,
  # the reference, is not measured, and because clang's profiles differ from rustc's.
  unset CFLAGS CXXFLAGS
  cargo fuzz build -O
  # That build passes no features, and latency needs one.
  targets=$(grep -v '^latency$' <<<"$targets")
else
  # Comparisons are traced, unlike in scripts/fuzz, because ClusterFuzz's value profile needs that.
  cargo fuzz build -O --sanitizer "$sanitizer"
  # Only this target is built with the engine's cost counters.
  cargo fuzz build -O --sanitizer "$sanitizer" --features cost latency
fi

# All packages of the workspace share one target folder.
built=${CARGO_TARGET_DIR:-$SRC/memoman/target}/$(rustc -vV | sed -n 's/^host: //p')/release
for target in $targets; do
  cp "$built/$target" "$OUT/"
  seeds=corpus/$target-v1
  # Without folders, in a stable order.
  if [ -d "$seeds" ]; then
    (cd "$seeds" && find . -type f | sort | zip -q -@ "$OUT/${target}_seed_corpus.zip")
  fi
done
