//! What plugins print.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ipc_rpc::context;
use ipc_rpc::plugin::{OutputStream, PluginEvent};
use support::Task;

use crate::stage::{command, event, host, launch, launch_as, soon, test};

const MIB: usize = 1024 * 1024;

#[test]
fn a_plugin_that_prints_without_end_delays_no_call_and_is_read_to_the_end() {
    test(async || {
        for (to_stderr, line) in [(false, 80), (true, 1_000_000), (true, 0)] {
            let host = host();
            let bytes = Arc::new(AtomicUsize::new(0));
            let counted = Arc::clone(&bytes);
            let command = command(&["serve"]).output(move |line| {
                assert!(line.text.len() <= 64 * 1024);
                let stream = if to_stderr {
                    OutputStream::Stderr
                } else {
                    OutputStream::Stdout
                };
                assert_eq!(line.stream, stream);
                counted.fetch_add(line.text.len(), Ordering::Relaxed);
            });
            let plugin = launch_as(&host, command).await;
            let client = plugin.client();
            let printing = client.clone();
            let printed = Task::spawn(async move {
                printing
                    .print(context::without_deadline(), to_stderr, 100 * MIB, line)
                    .await
            });
            for round in 0..200 {
                let sum = soon(client.add(context::current(), round, 1)).await;
                assert_eq!(sum.unwrap(), round + 1);
            }
            soon(printed.join()).await.unwrap();
            let exit = soon(plugin.shutdown()).await;
            assert!(exit.is_clean);
            let bytes = bytes.load(Ordering::Relaxed);
            match line {
                80 => assert_eq!(bytes, 100 * MIB / 64 / 1024 * (64 * 1024 - 64 * 1024 / 80)),
                _ => assert!(bytes >= 64 * 1024, "{bytes}"),
            }
        }
    });
}

#[cfg(unix)]
#[test]
fn a_plugin_without_output_is_one_like_others() {
    test(async || {
        let host = host();
        let plugin = launch(&host, &["close-stdout"]).await;
        let sum = plugin.client().add(context::current(), 2, 3).await;
        assert_eq!(sum.unwrap(), 5);
        assert!(soon(plugin.shutdown()).await.is_clean);
    });
}

#[test]
fn the_end_of_what_a_plugin_said_comes_with_its_exit() {
    test(async || {
        let host = host();
        let plugin = launch(&host, &["serve"]).await;
        let mut events = plugin.events();
        let client = plugin.client();
        client
            .print(context::current(), true, MIB, 100)
            .await
            .unwrap();
        client.abort(context::current()).await.unwrap_err();
        let exit = event(&mut events, |event| match event {
            PluginEvent::Exited(exit) => Some(exit),
            _ => None,
        })
        .await;
        assert_eq!(exit.stderr_tail.len(), 64 * 1024);
        assert!(
            exit.stderr_tail.ends_with("xthe last words\n"),
            "{:?}",
            &exit.stderr_tail[65_000..]
        );
    });
}

#[test]
fn a_sink_that_panics_loses_a_line_and_no_more() {
    test(async || {
        let host = host();
        let (seen, mut sees) = tokio::sync::mpsc::unbounded_channel();
        let command = command(&["serve"]).output(move |line| {
            assert_ne!(line.text, "ouch", "as it was told");
            let _ = seen.send(line.text.to_owned());
        });
        let plugin = launch_as(&host, command).await;
        let client = plugin.client();
        for line in ["ouch", "fine"] {
            client
                .say(context::current(), line.to_owned())
                .await
                .unwrap();
        }
        assert_eq!(soon(sees.recv()).await.as_deref(), Some("fine"));
    });
}
