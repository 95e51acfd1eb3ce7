//! One instance of an application: later processes hand their arguments to the first one, are answered, and go.
//!
//! Run it: `cargo run --example single_instance`
//!
//! Starts itself several times, as a user does who opens one file after the other, and prints what became of each. At the
//! end the first one gives its place up, as before an update, and the next process has it.
use std::io::{Read, stdin};
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ipc_rpc::instance::{self, Arrival, Launch, Primary};
use ipc_rpc::{ClaimError, SocketName};
use serde::{Deserialize, Serialize};
use tokio::process::{Child, Command};

/// What a launch carries beside its arguments.
#[derive(Serialize, Deserialize)]
struct Open {
    label: String,
}

/// The whole of an application that has one instance. A process that was answered does not come back from here.
async fn start(
    id: &str,
    label: &str,
    files: &[String],
) -> Result<Primary<Open, String>, ClaimError> {
    let launch = Launch::of_process(Open {
        label: label.to_owned(),
    });
    let launch = launch.with_args(files);
    let claim = instance::claim(id);
    claim
        .start_or_exit(launch, |opened| {
            println!("{opened}");
            0
        })
        .await
}

/// Opens what this process and later ones were launched with.
fn open(arrival: &Arrival<Open>) -> String {
    let launch = &arrival.launch;
    let whose = match arrival.is_own {
        true => "for the first process itself",
        false => "of another process",
    };
    format!("{}: opened {:?} {whose}", launch.payload.label, launch.args)
}

/// A process of this program.
fn process(id: &str, label: &str, files: &[&str]) -> std::io::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args([id, label]).args(files).kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()
}

async fn output_of(child: Child) -> Result<String, Box<dyn std::error::Error>> {
    let Output { stdout, status, .. } = child.wait_with_output().await?;
    if !status.success() {
        return Err(format!("a process ended with {status}").into());
    }
    Ok(String::from_utf8(stdout)?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [id, label, files @ ..] = &args[..] {
        // A later process: it is here only if there was no instance any more. Then it says so and ends with its input.
        let _primary = start(id, label, files).await?;
        println!("the next one is another process: yes");
        let input = tokio::task::spawn_blocking(|| stdin().read_to_end(&mut Vec::new()));
        input.await??;
        return Ok(());
    }

    let id = format!("org.example.{}", SocketName::unique());
    let primary = start(&id, "the first", &[]).await?;
    // Before the handler is there launches wait, and none is lost.
    let second = process(&id, "second", &[])?;
    let opened = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&opened);
    primary.serve(move |arrival| {
        let answer = open(&arrival);
        if arrival.is_own {
            println!("{answer}");
        }
        count.fetch_add(1, Ordering::Relaxed);
        async move { answer }
    });
    print!("{}", output_of(second).await?);
    // Two at once; arguments arrive as they were.
    let third = process(&id, "third", &["notes.txt", ""])?;
    let fourth = process(&id, "fourth", &["two\nlines"])?;
    print!("{}", output_of(third).await?);
    print!("{}", output_of(fourth).await?);
    let opened = opened.load(Ordering::Relaxed);
    println!("no launch was lost: {opened} opened, by 1 process");
    // Before an update starts the new version.
    primary.release(Duration::from_secs(5)).await;
    print!("{}", output_of(process(&id, "next", &[])?).await?);
    Ok(())
}
