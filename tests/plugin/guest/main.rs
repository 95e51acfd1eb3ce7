//! The plugin of the tests: well- or ill-behaved, by argument.

mod agent;
#[path = "../api.rs"]
mod api;
#[cfg(unix)]
mod hosting;
mod misbehave;

use std::ops::RangeInclusive;
use std::process::ExitCode;
use std::time::Duration;

use api::{Agent, AgentClient, HeadquartersClient};
use ipc_rpc::{Config, plugin};

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args().skip(1).collect();
    let args: Vec<_> = args.iter().map(String::as_str).collect();
    if std::env::var_os("TEST_PLUGIN_SAYS_ID").is_some() {
        println!("pid {}", std::process::id());
    }
    #[cfg(unix)]
    match &args[..] {
        ["be-host", kind, rest @ ..] => return hosting::run(kind, rest),
        ["leave-plugin"] => return hosting::leave(),
        ["attach-to", left] => return hosting::attach(left),
        _ => {}
    }
    misbehave::before_the_runtime(&args);
    let mut builder = match args.contains(&"--one-thread") {
        true => tokio::runtime::Builder::new_current_thread(),
        false => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = builder.enable_all().build().expect("a runtime can be made");
    let code = runtime.block_on(async {
        misbehave::before_the_hello(&args).await;
        let guest = plugin::Guest::new().of("the tests");
        let guest = match args.first() {
            Some(&"old-agent") => guest.serve(misbehave::OldAgent.serve_it()),
            Some(&"changed-agent") => guest.serve(misbehave::ChangedAgent.serve_it()),
            Some(&"no-agent") => guest,
            Some(&"calls-by-itself") => guest.serve_with(|host| {
                let host = Some(host.client());
                agent::Agent007 { host }.serve()
            }),
            Some(&"demanding") => guest
                .serve(agent::Agent007::default().serve())
                .requires::<misbehave::NewHeadquartersClient>(),
            Some(&"requires") => guest
                .serve(agent::Agent007::default().serve())
                .requires::<HeadquartersClient>(),
            Some(&"stays") => {
                let seconds = args[1].parse().expect("seconds");
                guest
                    .serve(agent::Agent007::default().serve())
                    .reattachable(Duration::from_secs(seconds))
            }
            Some(&"versions") => {
                let range = |at: usize| -> RangeInclusive<u32> {
                    let ends = (args[at].parse(), args[at + 1].parse());
                    ends.0.expect("a version")..=ends.1.expect("a version")
                };
                guest
                    .serve(agent::Agent007::default().serve())
                    .versions::<AgentClient>(range(1))
                    .versions::<HeadquartersClient>(range(3))
                    .feature("tabs")
                    .feature("undo")
            }
            _ => guest.serve(agent::Agent007::default().serve()),
        };
        let mut config = Config::default();
        config.connect_timeout = Duration::MAX;
        let guest = match args.contains(&"--patient") {
            true => guest.config(config),
            false => guest,
        };
        match guest.run().await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                misbehave::when_the_host_is_gone(&args);
                eprintln!("{error}");
                let mut source = std::error::Error::source(&error);
                while let Some(error) = source {
                    eprintln!("{error}");
                    source = error.source();
                }
                ExitCode::FAILURE
            }
        }
    });
    misbehave::at_the_end(&args);
    // Not the runtime's own end, which would wait for threads that block.
    runtime.shutdown_background();
    code
}
