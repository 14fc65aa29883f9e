//! The loads have the documented properties.

use oracle::fragmentation::live_blocks::{Block, LiveBlocks};
use oracle::fragmentation::peers::PEERS;
use oracle::fragmentation::programs::{
    Event, EventSource, RecordedProgram, Robson, Staircase, StudyPlan, robson_bound,
};
use oracle::fragmentation::run::run;
use oracle::fragmentation::sizes::Sizes;

/// Runs a program on an allocator that never uses a byte again.
fn run_without_reuse(program: &mut dyn EventSource, mut seen: impl FnMut(Event, &LiveBlocks)) {
    let mut blocks = LiveBlocks::new(1 << 30);
    let mut end = 0;
    while let Some(event) = program.next(&blocks) {
        match event {
            Event::Malloc { id, size } => {
                blocks.insert(Block { offset: end, bytes: size, key: id }).expect("never used");
                end += size.next_multiple_of(64);
            }
            Event::Realloc { id, size } => {
                blocks.remove(id);
                blocks.insert(Block { offset: end, bytes: size, key: id }).expect("never used");
                end += size.next_multiple_of(64);
            }
            Event::Free { id } => {
                blocks.remove(id);
            }
            Event::Sample { .. } => {}
        }
        seen(event, &blocks);
    }
}

#[test]
fn samples_of_a_staircase_are_taken_at_their_fill_level() {
    let plan = StudyPlan { heap_bytes: 1 << 18, fills: vec![50, 80], samples: 3 };
    for sizes in Sizes::ALL {
        let (mut labels, mut allocated, mut since) = (Vec::new(), 0, Vec::new());
        run_without_reuse(&mut Staircase::new(&plan, sizes, 5), |event, blocks| match event {
            Event::Malloc { size, .. } => allocated += size,
            Event::Sample { label } => {
                let target = plan.heap_bytes * label / 100;
                let live = blocks.live_bytes();
                // Less than the target by at most the blocks freed for the last one.
                assert!(live <= target && live + (1 << 15) > target, "{sizes:?}: {live}");
                labels.push(label);
                since.push(allocated as f64 / target as f64);
                allocated = 0;
            }
            _ => {}
        });
        assert_eq!(labels, [50, 50, 50, 80, 80, 80], "{sizes:?}");
        for index in [1, 2, 4, 5] {
            assert!((0.8..1.2).contains(&since[index]), "{sizes:?}: {} turnovers", since[index]);
        }
        assert!(since[0] > 2.0 && since[3] > 2.0, "{sizes:?}");
    }
}

#[test]
fn a_recorded_program_is_sampled_near_its_peak() {
    let trace = RecordedProgram::sqlite3();
    let (mut samples, mut peak) = (0, 0);
    run_without_reuse(&mut trace.replay(70, 4), |event, blocks| {
        peak = peak.max(blocks.live_bytes());
        if let Event::Sample { label } = event {
            samples += 1;
            assert_eq!(label, 70);
            assert!(blocks.live_bytes() >= trace.peak() / 5 * 4);
        }
    });
    assert_eq!((samples, peak), (4, trace.peak()));
}

#[test]
fn no_allocator_is_below_robsons_bound() {
    let (most, largest) = (1 << 16, 1 << 12);
    for peer in PEERS {
        let mut program = Robson::new(peer.header, most, largest);
        let mut heap = (peer.heap)(1 << 20);
        let ran = run(&mut *heap, 1 << 20, &mut program, true).expect("sound");
        assert_eq!(ran.refused, None, "{}", peer.name);
        let steps: Vec<_> = ran.readings.iter().map(|reading| reading.label).collect();
        assert_eq!(
            steps,
            (0..=(largest / Robson::UNIT).ilog2()).map(|n| 1 << n).collect::<Vec<_>>()
        );
        for reading in &ran.readings {
            let census = reading.census.expect("the run takes censuses");
            assert!(census.taken <= most, "{}: {} bytes live", peer.name, census.taken);
            // The footprint ends with a payload; the bound counts whole blocks.
            let footprint = (reading.footprint + peer.header).next_multiple_of(Robson::UNIT);
            let bound = robson_bound(most / Robson::UNIT, reading.label) * most as f64;
            assert!(footprint as f64 >= bound, "{}: {footprint} < {bound}", peer.name);
        }
    }
}

#[test]
fn the_bound_is_that_of_the_paper() {
    // M = 1024, n = 16: 1024 (4 / 2 + 1) - 16 + 1.
    assert!((robson_bound(1024, 16) * 1024.0 - 3057.0).abs() < 1e-9);
    assert!((robson_bound(1024, 1) - 1.0).abs() < 1e-12);
}
