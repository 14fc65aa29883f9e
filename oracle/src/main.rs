//! The command line.
fn main() {
    let mut total = oracle::Stats::default();
    let start = std::time::Instant::now();
    for index in 0.. {
        let bytes = oracle::ops::generate(1, index);
        match oracle::run(&bytes, &oracle::Config::default()) {
            Ok(stats) => total.add(&stats),
            Err(failure) => {
                println!("{failure}");
                std::process::exit(1)
            }
        }
        if total.steps > 2_000_000 {
            break;
        }
    }
    println!("{total}\n{} /s", total.steps as f64 / start.elapsed().as_secs_f64());
}
