//! B13: one field of a sound heap is damaged. The tests compare the results of the C code's two checks with
//! that of memoman's `validate`.
//!
//! ```text
//! header(a) | a: live | b: free | c: live | d: free | e, f: live | rest: free | sentinel
//! ```
//!
//! b and d have one size, and d was freed last: their list is d, b. Every cell of the C code runs in a child
//! process.

use std::collections::BTreeSet;
use std::thread;

use memoman::{Law, Tlsf, WORD as W};
use reference_conte::upstream::UPSTREAM;

use crate::child::{Outcome, in_child, report, task};
use crate::sides::at;
use crate::support::{Arena, Lab};

use Outcome::{Crashes, Fails, Hangs, Passes};

const POOL: usize = 128 * W;

/// The offsets of the payloads, of 5 words each. c holds zeros; no payload holds a valid size.
const A: usize = W;
const B: usize = 7 * W;
const C: usize = 13 * W;
const D: usize = 19 * W;

const FREE: usize = 1;
const PREV_FREE: usize = 2;

/// With an even number of rows and all pools in use, the control has no padding and no unset word.
const ROWS: usize = if W == 8 { 26 } else { 24 };
type Ours = Lab<W, ROWS, 32, 1>;

/// The damage to one field.
#[derive(Clone, Copy)]
enum Damage {
    /// The header in front of this payload becomes this number.
    Header(usize, usize),
    /// The word at this offset becomes a link to the block with this payload.
    Link(usize, usize),
    /// The word at this offset becomes this number.
    Word(usize, usize),
    /// This bit of the first level changes.
    First(u32),
    /// This bit of the second level's first row changes.
    Second(u32),
}

/// Field, damage, and the results of `tlsf_check`, `tlsf_check_pool` and `validate`.
type Row = (&'static str, &'static str, Damage, Outcome, Outcome, Law);

#[rustfmt::skip]
const MATRIX: [Row; 20] = [
    ("size",         "of a live block, less",  Damage::Header(A, 4 * W),                Passes,   Crashes,  Law::Tiling),
    ("size",         "the same before zeros",  Damage::Header(C, (4 * W) | PREV_FREE),  Passes,   Passes,   Law::Tiling),
    ("size",         "of a live block, 0",     Damage::Header(A, 0),                    Passes,   Passes,   Law::Tiling),
    ("size",         "of a free block, less",  Damage::Header(B, (4 * W) | FREE),       Fails,    Crashes,  Law::Mirror),
    ("size",         "of a free block, more",  Damage::Header(B, (6 * W) | FREE),       Fails,    Passes,   Law::Mirror),
    ("FREE",         "set on a live block",    Damage::Header(A, (5 * W) | FREE),       Passes,   Fails,    Law::Mirror),
    ("FREE",         "clear on a free block",  Damage::Header(B, 5 * W),                Fails,    Fails,      Law::Mirror),
    ("PREV_FREE",    "set",                    Damage::Header(A, (5 * W) | PREV_FREE),  Passes,   Fails,    Law::Mirror),
    ("PREV_FREE",    "clear",                  Damage::Header(C, 5 * W),                Fails,    Fails,      Law::Mirror),
    ("next link",    "to its own block",       Damage::Link(D, D),                      Hangs,    Passes,   Law::Links),
    ("next link",    "to a live block",        Damage::Link(D, A),                      Fails,    Passes,   Law::Membership),
    ("next link",    "to nowhere",             Damage::Word(D, W),                      Crashes,  Passes,   Law::Links),
    ("prev link",    "to a live block",        Damage::Link(B + W, A),                  Passes,   Passes,   Law::Links),
    ("prev link",    "to nowhere",             Damage::Word(B + W, W),                  Passes,   Passes,   Law::Links),
    ("second level", "clear over blocks",      Damage::Second(5),                       Fails,    Passes,   Law::Occupancy),
    ("second level", "set over none",          Damage::Second(9),                       Fails,    Passes,   Law::Occupancy),
    ("first level",  "clear over lists",       Damage::First(0),                        Fails,    Passes,   Law::Occupancy),
    ("first level",  "set over none",          Damage::First(7),                        Passes,   Passes,   Law::Occupancy),
    ("prev_phys",    "to a live block",        Damage::Link(C - 2 * W, A),              Passes,   Passes,   Law::BackLink),
    ("prev_phys",    "to nowhere",             Damage::Word(C - 2 * W, W),              Passes,   Passes,   Law::BackLink),
];

/// Returns the status of the C check on the damaged heap; 0 if it passes.
fn c_status(damage: Damage, check: &str) -> i32 {
    let arena = Arena::new(1 << 16);
    let (control, pool) = (0, 1 << 15);
    // The head of C's control: a block of four words, the first level, the second.
    let first = control + 4 * W;
    let flip = |offset, bit: u32| {
        // SAFETY: the bitmaps are 32 bits each.
        unsafe { *at(&arena, offset).cast::<u32>() ^= 1_u32 << bit }
    };
    // SAFETY: control and pool lie in the arena, and are in a state that TLSF makes; the child process
    // confines the results of the damage.
    unsafe {
        let tlsf = (UPSTREAM.create)(at(&arena, control));
        let memory = (UPSTREAM.add_pool)(tlsf, at(&arena, pool), POOL);
        let blocks = [(); 6].map(|()| (UPSTREAM.malloc)(tlsf, 5 * W));
        blocks[2].cast::<u8>().write_bytes(0, 5 * W);
        (UPSTREAM.free)(tlsf, blocks[1]);
        (UPSTREAM.free)(tlsf, blocks[3]);
        assert_eq!(blocks[3].addr(), arena.addr(pool + D));
        assert_eq!((UPSTREAM.check)(tlsf), 0);
        match damage {
            Damage::Header(payload, value) => {
                arena.poke(pool + payload - W, value);
            }
            // In C a block is the word in front of its header.
            Damage::Link(offset, payload) => {
                arena.poke(pool + offset, arena.addr(pool + payload - 2 * W));
            }
            Damage::Word(offset, value) => {
                arena.poke(pool + offset, value);
            }
            Damage::First(bit) => flip(first, bit),
            Damage::Second(bit) => flip(first + 4, bit),
        }
        match check {
            "check" => (UPSTREAM.check)(tlsf),
            _ => (UPSTREAM.check_pool)(memory),
        }
    }
}

/// Returns whether both checks return, and at least one fails.
fn reports(check: Outcome, check_pool: Outcome) -> bool {
    let outcomes = [check, check_pool];
    outcomes.contains(&Fails) && !outcomes.contains(&Crashes) && !outcomes.contains(&Hangs)
}

/// Returns the law that memoman reports for the same heap with the same damage.
fn our_law(damage: Damage) -> Law {
    let mut ours = Ours::new(&[POOL]);
    let blocks = ours.mallocs([5 * W; 6]);
    assert_eq!([blocks[0], blocks[1], blocks[2], blocks[3]], [A, B, C, D]);
    ours.payload(C).fill(0);
    ours.free(B);
    ours.free(D);
    ours.check();
    // Two rows have blocks, one of them in its list of 5 words. (No counter is 5 or 32.)
    let (first, second) = (0b101, 1 << 5);
    match damage {
        Damage::Header(payload, value) => {
            ours.arena.poke(payload - W, value);
        }
        Damage::Link(offset, payload) => {
            ours.arena.poke(offset, ours.arena.addr(payload - W));
        }
        Damage::Word(offset, value) => {
            ours.arena.poke(offset, value);
        }
        Damage::First(bit) => flip(&mut ours.heap, first, bit),
        Damage::Second(bit) => flip(&mut ours.heap, second, bit),
    }
    ours.heap.validate().expect_err("damaged").law
}

/// Flips a bit of the only half word of the control that holds `value`.
fn flip(heap: &mut Tlsf<W, ROWS, 32, 1>, value: u32, bit: u32) {
    let halves = (&raw mut *heap).cast::<u32>();
    // SAFETY: within the control, which has no padding and no unset word.
    let holds = |&index: &usize| unsafe { halves.add(index).read() } == value;
    let found: Vec<usize> = (0..size_of_val(heap) / 4).filter(holds).collect();
    assert_eq!(found.len(), 1, "{value:#b} is not the only one");
    // SAFETY: as above.
    unsafe { *halves.add(found[0]) ^= 1 << bit }
}

#[test]
fn b13_c_checks_pass_crash_or_hang_on_damage_and_validate_names_its_law() {
    let test = b13_c_checks_pass_crash_or_hang_on_damage_and_validate_names_its_law;
    if let Some(task) = task() {
        let (check, index) = task.split_once(' ').expect("two words");
        let index: usize = index.parse().expect("a number");
        report(c_status(MATRIX[index].2, check));
    }
    // All at the same time, because those that hang take the whole timeout.
    let outcomes = thread::scope(|scope| {
        let in_child =
            |check, index| scope.spawn(move || in_child(test, &format!("{check} {index}")));
        let started: Vec<_> = (0..MATRIX.len())
            .map(|index| ["check", "check_pool"].map(|c| in_child(c, index)))
            .collect();
        started
            .into_iter()
            .map(|pair| pair.map(|outcome| outcome.join().expect("an outcome")))
            .collect::<Vec<_>>()
    });
    let mut table = String::from(
        "| field | damage | `tlsf_check` | `tlsf_check_pool` | `validate` |\n|---|---|---|---|---|\n",
    );
    for ((field, how, damage, ..), [check, pool]) in MATRIX.into_iter().zip(&outcomes) {
        let (check, pool) = (format!("{check:?}"), format!("{pool:?}"));
        let (check, pool) = (check.to_lowercase(), pool.to_lowercase());
        table += &format!("| {field} | {how} | {check} | {pool} | {:?} |\n", our_law(damage));
    }
    println!("{table}");
    assert!(table == include_str!("../../src/guard/beside_c.md"), "beside_c.md differs from this");
    for ((field, how, damage, check, pool, law), outcomes) in MATRIX.into_iter().zip(outcomes) {
        assert_eq!(outcomes, [check, pool], "{field} {how}: tlsf_check and tlsf_check_pool");
        assert_eq!(our_law(damage), law, "{field} {how}: validate");
    }
    // The fields of which C reports every damage. For the other five, a check passes, crashes or hangs.
    let reported =
        |field| MATRIX.iter().filter(|row| row.0 == field).all(|row| reports(row.3, row.4));
    let fields: BTreeSet<_> = MATRIX.iter().map(|row| row.0).collect();
    let all = fields.len();
    let fields: Vec<_> = fields.into_iter().filter(|&field| reported(field)).collect();
    assert_eq!((fields, all), (vec!["FREE", "PREV_FREE", "second level"], 8));
}
