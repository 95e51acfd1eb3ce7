//! Alarms that cost nothing while they wait.
//!
//! As long as a runtime has a timer set, each of its waits for a socket is a wait with a time limit: it reads the
//! clock twice, looks through the timers, and has the kernel set and cancel one. That is about a twentieth of a
//! small call, and the deadline of a call is set all the while. So deadlines over sockets are kept here, by one
//! thread for the whole process, which sleeps until the first of them.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Instant;

use crate::wake::wake;

/// Wakes a task at a time by the system's clock, once. Dropped, it is off.
pub(crate) struct Alarm {
    key: Option<Key>,
    /// Who is to be woken: a copy of what the bell has.
    waker: Option<Waker>,
    bell: Arc<Bell>,
}

/// When it rings; the number makes it unique.
type Key = (Instant, u64);

#[derive(Default)]
struct Bell {
    has_rung: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Alarm {
    /// An alarm that is off.
    ///
    /// # Errors
    ///
    /// The system gives no thread.
    pub(crate) fn new() -> io::Result<Self> {
        CLOCK.start()?;
        Ok(Self {
            key: None,
            waker: None,
            bell: Arc::default(),
        })
    }

    /// Sets it to `at`, or off. It does not ring for what it was set to before.
    pub(crate) fn set(&mut self, at: Option<Instant>, waker: &Waker) {
        self.waker = at.map(|_| waker.clone());
        let copy = self.waker.clone();
        let _old;
        let mut state = lock(&CLOCK.state);
        // Under the lock under which it is rung: else a ring for the old time could take it away.
        _old = std::mem::replace(&mut *lock(&self.bell.waker), copy);
        if let Some(key) = self.key.take() {
            state.alarms.remove(&key);
        }
        // Under the lock under which it would ring.
        self.bell.has_rung.store(false, Ordering::Relaxed);
        let Some(at) = at else { return };
        let key = (at, state.next);
        state.next += 1;
        state.alarms.insert(key, Arc::clone(&self.bell));
        self.key = Some(key);
        if state.looks_at.is_some_and(|looks_at| looks_at <= at) {
            return;
        }
        state.looks_at = Some(at);
        drop(state);
        CLOCK.earlier.notify_one();
    }

    /// Whether it has rung since it was set. If not, `waker` is whom it will wake.
    pub(crate) fn poll_rung(&mut self, waker: &Waker) -> bool {
        if let Some(known) = &self.waker
            && !known.will_wake(waker)
        {
            self.waker = Some(waker.clone());
            // Before it is asked whether it has rung: else it could ring for the old one in between.
            let _old = std::mem::replace(&mut *lock(&self.bell.waker), self.waker.clone());
        }
        self.has_rung()
    }

    fn has_rung(&self) -> bool {
        self.bell.has_rung.load(Ordering::Acquire)
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            lock(&CLOCK.state).alarms.remove(&key);
        }
    }
}

impl fmt::Debug for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alarm")
            .field("at", &self.key.map(|(at, _)| at))
            .finish_non_exhaustive()
    }
}

/// The alarms of the process.
struct Clock {
    state: Mutex<State>,
    /// The thread is to look at the alarms earlier than it was going to.
    earlier: Condvar,
}

struct State {
    alarms: BTreeMap<Key, Arc<Bell>>,
    next: u64,
    is_running: bool,
    /// When the thread looks at the alarms next, if nobody tells it to do so earlier. An alarm that is dropped leaves
    /// this as it is: mostly there is another one by then, a little later.
    looks_at: Option<Instant>,
}

static CLOCK: Clock = Clock {
    state: Mutex::new(State {
        alarms: BTreeMap::new(),
        next: 0,
        is_running: false,
        looks_at: None,
    }),
    earlier: Condvar::new(),
};

impl Clock {
    fn start(&'static self) -> io::Result<()> {
        let mut state = lock(&self.state);
        if !state.is_running {
            std::thread::Builder::new()
                .name("ipc-rpc-alarms".to_owned())
                .stack_size(64 * 1024)
                .spawn(|| self.run())?;
            state.is_running = true;
        }
        Ok(())
    }

    #[expect(clippy::disallowed_methods, reason = "this is the clock's owner")]
    fn run(&self) {
        let mut due = Vec::new();
        let mut state = lock(&self.state);
        loop {
            let now = Instant::now();
            while let Some(first) = state.alarms.first_entry()
                && first.key().0 <= now
            {
                let bell = first.remove();
                bell.has_rung.store(true, Ordering::Release);
                let waker = lock(&bell.waker).take();
                due.push((bell, waker));
            }
            if !due.is_empty() {
                drop(state);
                // Wakers run code of other executors: behind the lock, and a panic of theirs ends no alarm but theirs.
                for (_bell, waker) in due.drain(..) {
                    waker.into_iter().for_each(wake);
                }
                state = lock(&self.state);
                continue;
            }
            state.looks_at = state.alarms.first_key_value().map(|((at, _), _)| *at);
            state = match state.looks_at {
                Some(at) => {
                    let left = at.saturating_duration_since(now);
                    let waited = self.earlier.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => {
                    let waited = self.earlier.wait(state);
                    waited.unwrap_or_else(PoisonError::into_inner)
                }
            };
        }
    }
}

/// Nothing under these locks can panic halfway.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::task::Wake;
    use std::time::Duration;

    use super::*;
    use crate::clock::now;

    struct Told(mpsc::Sender<&'static str>, &'static str);

    impl Wake for Told {
        fn wake(self: Arc<Self>) {
            let _ = self.0.send(self.1);
        }
    }

    const SOON: Duration = Duration::from_millis(20);
    const LATE: Duration = Duration::from_secs(3600);

    fn alarm(sender: &mpsc::Sender<&'static str>, name: &'static str, after: Duration) -> Alarm {
        let mut alarm = Alarm::new().unwrap();
        alarm.set(
            Some(now() + after),
            &Waker::from(Arc::new(Told(sender.clone(), name))),
        );
        alarm
    }

    #[test]
    fn an_alarm_rings_once_its_time_has_come_and_an_earlier_one_before_it() {
        let (sender, told) = mpsc::channel();
        let begun = now();
        let late = alarm(&sender, "late", LATE);
        let second = alarm(&sender, "second", 2 * SOON);
        let first = alarm(&sender, "first", SOON);
        assert_eq!(told.recv(), Ok("first"));
        assert!(first.has_rung() && now() >= begun + SOON);
        assert_eq!(told.recv(), Ok("second"));
        assert!(second.has_rung() && now() >= begun + 2 * SOON);
        assert!(!late.has_rung());
        assert!(told.try_recv().is_err());
    }

    #[test]
    fn an_alarm_that_is_set_anew_or_dropped_does_not_ring_for_what_it_was_set_to() {
        let (sender, told) = mpsc::channel();
        let mut moved = alarm(&sender, "moved", SOON);
        let dropped = alarm(&sender, "dropped", SOON);
        let mut off = alarm(&sender, "off", SOON);
        moved.set(Some(now() + LATE), Waker::noop());
        drop(dropped);
        off.set(None, Waker::noop());
        let last = alarm(&sender, "last", 2 * SOON);
        assert_eq!(told.recv(), Ok("last"));
        assert!(last.has_rung() && !moved.has_rung() && !off.has_rung());
        assert!(told.try_recv().is_err());
    }

    #[test]
    fn a_waker_that_panics_ends_no_other_alarm() {
        struct Panics;
        impl Wake for Panics {
            fn wake(self: Arc<Self>) {
                panic!("a waker of somebody else's");
            }
        }
        let (sender, told) = mpsc::channel();
        let mut bad = Alarm::new().unwrap();
        bad.set(Some(now()), &Waker::from(Arc::new(Panics)));
        let good = alarm(&sender, "good", SOON);
        assert_eq!(told.recv(), Ok("good"));
        drop(good);
    }

    struct Blocks(mpsc::Sender<()>, Mutex<mpsc::Receiver<()>>);

    impl Wake for Blocks {
        fn wake(self: Arc<Self>) {
            let _ = self.0.send(());
            let _ = self.1.lock().unwrap().recv();
        }
    }

    /// The thread rings two alarms of one time; between marking the second and waking it, its owner sees that it has
    /// rung and sets it anew.
    #[test]
    fn an_alarm_that_is_set_anew_while_it_rings_rings_again() {
        let (sender, told) = mpsc::channel();
        let (began, has_begun) = mpsc::channel();
        let (go_on, may_go_on) = mpsc::channel();
        let at = now() + SOON;
        let mut first = Alarm::new().unwrap();
        let mut second = Alarm::new().unwrap();
        let waker = Waker::from(Arc::new(Told(sender.clone(), "second")));
        first.set(
            Some(at),
            &Waker::from(Arc::new(Blocks(began, Mutex::new(may_go_on)))),
        );
        second.set(Some(at), &waker);
        has_begun.recv().unwrap();
        while !second.poll_rung(&waker) {
            std::thread::yield_now();
        }
        second.set(Some(now() + 10 * SOON), &waker);
        let set = now();
        go_on.send(()).unwrap();
        // The old ring, or none.
        let _ = told.recv_timeout(5 * SOON);
        assert!(!second.poll_rung(&waker));
        let woken = told.recv_timeout(100 * SOON);
        assert!(now() >= set + 10 * SOON);
        assert!(second.poll_rung(&waker), "it has rung");
        assert_eq!(woken, Ok("second"), "and nobody was told");
    }
}
