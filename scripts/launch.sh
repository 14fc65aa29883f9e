# Starts the package memoman-scripts with the name of the script that reads this file: see scripts/README.md.
# cargo says what it compiles, and that it waits while another cargo command uses target/; no more.
set -o pipefail
launch=(--locked --manifest-path "$(dirname "$0")/Cargo.toml")
cargo build "${launch[@]}" 2>&1 | sed -u '/^ *Finished /d' >&2 || exit 2
exec cargo run --quiet "${launch[@]}" -- "${0##*/}" "$@"
