//! What plugins that misbehave cost the calls of one that does not: `cargo run --release -p ipc-rpc-benches --bin plugins`.
//!
//! Each plugin is this program again, in a process of its own. In turn, round after round, calls to a calm one are timed: alone,
//! and beside each way to misbehave. A figure is the median over the rounds, a ratio the median of the ratios to the calm one
//! alone in the same round.
#![cfg_attr(
    not(unix),
    allow(missing_docs, reason = "there is nothing to be documented")
)]

#[cfg(unix)]
mod unix {
    use std::env;
    use std::error::Error;
    use std::io::Write;
    use std::process::{self, ExitCode};
    use std::time::{Duration, Instant};

    use ipc_rpc::plugin::{self, Command, Guest, Host, Plugin, RestartPolicy};
    use ipc_rpc::{Context, context};
    use ipc_rpc_benches::{Echo, EchoClient, Echoes};
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    use tokio::task::JoinSet;

    type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

    const ROUNDS: usize = 5;
    const MEASURED: Duration = Duration::from_secs(1);

    /// What a plugin does while the calm one is called.
    const WAYS: [(&str, &str); 9] = [
        ("", "alone"),
        ("calm", "beside one that does nothing"),
        ("stopped", "beside one that is stopped (SIGSTOP)"),
        (
            "deaf",
            "beside one that is stopped while 1 MiB calls to it wait",
        ),
        (
            "dying",
            "beside one that aborts and is started again, all the time",
        ),
        (
            "garbage",
            "beside one that is no plugin and is launched in vain, all the time",
        ),
        (
            "flooding",
            "beside one that calls the host without end, 64 calls at once",
        ),
        (
            "computing",
            "beside one that computes on every core, and calls nobody",
        ),
        ("printing", "beside one that prints as fast as it can"),
    ];

    struct Unstable;

    impl Echo for Unstable {
        async fn echo(&self, _: Context, _: u64, _: Vec<u8>) -> Vec<u8> {
            process::abort()
        }
    }

    /// The plugin's side.
    async fn be_plugin(way: &str) -> ExitCode {
        match way {
            "dying" => plugin::run(Unstable.serve()).await,
            "garbage" => ExitCode::FAILURE,
            "flooding" => {
                let mut calls = JoinSet::new();
                let make = |host: plugin::HostHandle| {
                    for _ in 0..64 {
                        let host: EchoClient = host.client();
                        calls.spawn(async move {
                            let call = || host.echo(context::current(), 7, vec![7; 64]);
                            while call().await.is_ok() {}
                        });
                    }
                    Echoes.serve()
                };
                plugin::run_with(make).await
            }
            "computing" => {
                // As many as there are cores, as others would do that have work to do.
                for _ in 0..std::thread::available_parallelism().map_or(1, |count| count.get()) {
                    std::thread::spawn(|| {
                        loop {
                            std::hint::spin_loop();
                        }
                    });
                }
                plugin::run(Echoes.serve()).await
            }
            "printing" => {
                std::thread::spawn(|| {
                    let line = [b'x'; 80];
                    loop {
                        let mut out = std::io::stdout().lock();
                        if out
                            .write_all(&line)
                            .and_then(|()| out.write_all(b"\n"))
                            .is_err()
                        {
                            return;
                        }
                    }
                });
                plugin::run(Echoes.serve()).await
            }
            _ => Guest::new().serve(Echoes.serve()).run_to_exit_code().await,
        }
    }

    fn command(way: &str) -> Result<Command> {
        let quick = Duration::from_millis(1);
        Ok(Command::new(env::current_exe()?)
            .arg(way)
            .name(way)
            .health_check(None)
            .output(|_| {})
            .restart(
                RestartPolicy::default()
                    .budget(usize::MAX)
                    .pauses(quick, quick),
            ))
    }

    /// Does it for as long as what is returned is there.
    async fn misbehave(
        host: &Host,
        way: &'static str,
    ) -> Result<(Option<Plugin<EchoClient>>, JoinSet<()>)> {
        let mut tasks = JoinSet::new();
        if way.is_empty() {
            return Ok((None, tasks));
        }
        if way == "garbage" {
            let host = host.clone();
            let command = command(way)?;
            tasks.spawn(async move {
                while host.launch::<EchoClient>(command.clone()).await.is_err() {
                    // What fails at once must not keep this task from ending.
                    tokio::task::yield_now().await;
                }
            });
            return Ok((None, tasks));
        }
        let plugin: Plugin<EchoClient> = host.launch(command(way)?).await?;
        let client = plugin.client();
        match way {
            "stopped" | "deaf" => {
                let pid = plugin.pid().ok_or("it does not run")?;
                kill(Pid::from_raw(pid.try_into()?), Signal::SIGSTOP)?;
                for _ in 0..if way == "deaf" { 16 } else { 0 } {
                    let client = client.clone();
                    tasks.spawn(async move {
                        let large = vec![7; 1024 * 1024];
                        let _ = client.echo(context::without_deadline(), 0, large).await;
                    });
                }
            }
            "dying" => {
                tasks.spawn(async move {
                    loop {
                        // It waits until the plugin is up again, and ends it.
                        let _ = client.echo(context::current(), 0, Vec::new()).await;
                        tokio::task::yield_now().await;
                    }
                });
            }
            _ => {}
        }
        Ok((Some(plugin), tasks))
    }

    /// The median and the 99th percentile of a call, in microseconds.
    async fn measure(client: &EchoClient) -> Result<[f64; 2]> {
        let mut nanos = Vec::with_capacity(1 << 16);
        let (start, payload) = (now(), vec![7; 64]);
        let mut last = start;
        while last - start < MEASURED {
            client.echo(context::current(), 7, payload.clone()).await?;
            let now = now();
            nanos.push((now - last).as_nanos() as f64);
            last = now;
        }
        nanos.sort_by(f64::total_cmp);
        Ok([nanos.len() / 2, nanos.len() * 99 / 100].map(|at| nanos[at] / 1e3))
    }

    #[expect(clippy::disallowed_methods, reason = "time is what is measured")]
    fn now() -> Instant {
        Instant::now()
    }

    fn median(mut values: Vec<f64>) -> f64 {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    }

    async fn be_host() -> Result<()> {
        let mut found = vec![Vec::new(); WAYS.len()];
        for _ in 0..ROUNDS {
            for (way, found) in WAYS.iter().zip(&mut found) {
                let host = Host::new(Echoes.serve());
                let calm: Plugin<EchoClient> = host.launch(command("calm")?).await?;
                let _beside = misbehave(&host, way.0).await?;
                found.push(measure(&calm.client()).await?);
            }
        }
        let mut out = std::io::stdout();
        writeln!(
            out,
            "| a call to a calm plugin | p50 µs | × | p99 µs | × |\n|---|---|---|---|---|"
        )?;
        for ((_, title), cells) in WAYS.iter().zip(&found) {
            write!(out, "| {title} |")?;
            for at in [0, 1] {
                let value = median(cells.iter().map(|cell| cell[at]).collect());
                let ratios = cells
                    .iter()
                    .zip(&found[0])
                    .map(|(cell, alone)| cell[at] / alone[at]);
                write!(out, " {value:.1} | {:.2} |", median(ratios.collect()))?;
            }
            writeln!(out)?;
        }
        Ok(())
    }

    pub(super) fn main() -> Result<ExitCode> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            match env::args().nth(1) {
                Some(way) => Ok(be_plugin(&way).await),
                None => be_host().await.map(|()| ExitCode::SUCCESS),
            }
        })
    }
}

#[cfg(unix)]
fn main() -> Result<std::process::ExitCode, Box<dyn std::error::Error + Send + Sync>> {
    unix::main()
}

#[cfg(not(unix))]
fn main() {}
