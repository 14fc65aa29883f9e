//! The fragmentation study: its figures are right, and it reports wrong ones.

mod by_hand;
mod faulty;
mod files;
mod loads;

use oracle::fragmentation::peers::{PEERS, Peer};

fn peer(name: &str) -> Peer {
    *PEERS.iter().find(|peer| peer.name == name).expect("a peer of that name")
}
