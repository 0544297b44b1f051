//! Clocks and medians.

use anyhow::{Context as _, Result};
use std::time::{Duration, Instant};

/// Runs the two sides in turns, `rounds` times after one round that is not counted, and gives the median of each.
///
/// Each side measures itself. Taking turns spreads whatever else the machine does over both.
pub fn in_turns<T>(
    rounds: u32,
    mut ours: impl FnMut() -> Result<T>,
    mut peer: impl FnMut() -> Result<T>,
) -> Result<(Vec<T>, Vec<T>)> {
    ours()?;
    peer()?;
    let (mut of_ours, mut of_peer) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        of_ours.push(ours()?);
        of_peer.push(peer()?);
    }
    Ok((of_ours, of_peer))
}

/// The middle of the times, in seconds; of two middle ones their mean.
pub fn median(times: &[Duration]) -> f64 {
    let mut sorted: Vec<f64> = times.iter().map(Duration::as_secs_f64).collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let at = |index: usize| sorted.get(index).copied().unwrap_or(f64::NAN);
    if sorted.len() % 2 == 1 {
        at(middle)
    } else {
        f64::midpoint(at(middle.saturating_sub(1)), at(middle))
    }
}

/// Elapsed time of the work.
pub fn wall<T>(work: impl FnOnce() -> Result<T>) -> Result<(T, Duration)> {
    let start = Instant::now();
    let done = work()?;
    Ok((done, start.elapsed()))
}

/// CPU time that this thread spent on the work: one core, whatever else the machine does.
pub fn cpu<T>(work: impl FnOnce() -> Result<T>) -> Result<(T, Duration)> {
    let start = thread_cpu();
    let done = work()?;
    Ok((done, thread_cpu().saturating_sub(start)))
}

/// What a piece of work took, in all its threads and the programs that it started and waited for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spent {
    /// Elapsed.
    pub wall: Duration,
    /// CPU time in user mode, in steps of 10 ms.
    pub user: Duration,
}

/// Measures work of this process and of its children.
pub fn spent<T>(work: impl FnOnce() -> Result<T>) -> Result<(T, Spent)> {
    let user = process_user()?;
    let start = Instant::now();
    let done = work()?;
    let wall = start.elapsed();
    let user = process_user()?.saturating_sub(user);
    Ok((done, Spent { wall, user }))
}

/// CPU time in user mode of this process and of the children that it waited for.
fn process_user() -> Result<Duration> {
    let text = std::fs::read_to_string("/proc/self/stat").context("cannot read /proc/self/stat")?;
    crate::servers::ticks_of(&text)
        .map(|[user, _, of_children, _]| user.saturating_add(of_children))
        .with_context(|| format!("/proc/self/stat reads {text:?}"))
}

fn thread_cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or_default(),
        u32::try_from(time.tv_nsec).unwrap_or_default(),
    )
}

/// Megabytes (10^6 bytes) in so many bytes.
pub fn megabytes(bytes: usize) -> f64 {
    u32::try_from(bytes).map_or(f64::NAN, f64::from) / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_the_middle() {
        let seconds = |list: &[u64]| {
            list.iter()
                .map(|second| Duration::from_secs(*second))
                .collect::<Vec<_>>()
        };
        assert_eq!(median(&seconds(&[9, 1, 2])), 2.0);
        assert_eq!(median(&seconds(&[9, 1, 2, 4])), 3.0);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn both_sides_run_in_turns_after_one_that_is_not_counted() {
        let log = std::cell::RefCell::new(String::new());
        let push = |side: char| {
            log.borrow_mut().push(side);
            Ok(log.borrow().len())
        };
        let (ours, peer) = in_turns(2, || push('o'), || push('p')).unwrap();
        assert_eq!(*log.borrow(), "opopop");
        assert_eq!((ours, peer), (vec![3, 5], vec![4, 6]));
    }

    #[test]
    fn cpu_time_leaves_out_sleep() {
        let ((), spent) = cpu(|| {
            std::thread::sleep(Duration::from_millis(60));
            Ok(())
        })
        .unwrap();
        assert!(spent < Duration::from_millis(40), "{spent:?}");
    }
}
