//! What reaches a subscriber of `tracing`.

use std::sync::{Arc, Mutex};

use ipc_rpc::layer::TraceCalls;
use ipc_rpc::{TraceContext, context};
use support::{Clock, Stage, Transport, run};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// Notes every span with its fields, and every event with the span it is in.
#[derive(Clone, Default)]
struct Notebook(Arc<Mutex<Vec<String>>>);

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0 += &format!(" {field}={value:?}");
    }
}

impl<S> Layer<S> for Notebook
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        let mut line = Line(attributes.metadata().name().to_owned());
        attributes.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn on_event(&self, event: &tracing::Event<'_>, context: Context<'_, S>) {
        let Some(span) = context.event_span(event) else {
            return;
        };
        let mut line = Line(format!("in {}:", span.name()));
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }
}

/// On one thread, which is where the subscriber is.
#[test]
fn each_call_has_a_span_on_both_ends_and_nothing_of_its_arguments_is_in_it() {
    run(Transport::Memory, Clock::Paused, |transport| async move {
        let notebook = Notebook::default();
        let subscriber = tracing_subscriber::registry().with(notebook.clone());
        let _guard = tracing::subscriber::set_default(subscriber);
        let stage = Stage::with(transport, |server| server.layer(TraceCalls::new())).await;
        let client = stage.connect().layer(TraceCalls::new()).await.unwrap();
        let ctx = context::current;
        client.echo(ctx(), "secret".to_owned()).await.unwrap();
        client.divide(ctx(), 4711, 0).await.unwrap_err();
        client
            .panic_later(ctx(), "secret".to_owned())
            .await
            .unwrap_err();
        let id = client.connection().id().get();
        let lines = notebook.0.lock().unwrap().clone();
        for method in ["echo", "divide", "panic_later"] {
            let span = format!("ipc_call service=\"Lab\" method=\"{method}\"");
            let spans: Vec<_> = lines
                .iter()
                .filter(|line| line.starts_with(&span))
                .collect();
            assert_eq!(spans.len(), 2, "{lines:#?}");
            // The server's names the connection that the call came over.
            assert_eq!(*spans[1], format!("{span} peer={id}"), "{lines:#?}");
        }
        let failed = lines
            .iter()
            .filter(|line| line.contains("the call failed") && line.contains("panicked"))
            .count();
        assert_eq!(failed, 2, "{lines:#?}");
        let trace = TraceContext {
            trace_id: 0xabc,
            span_id: 0xd,
            sampled: true,
        };
        let traced = ctx().with_trace_context(trace);
        client.echo(traced, "secret".to_owned()).await.unwrap();
        let lines = [lines, notebook.0.lock().unwrap().clone()].concat();
        let ids = format!("trace_id={:032x} parent_span_id={:016x}", 0xabc, 0xd);
        let traced = lines.iter().filter(|line| line.ends_with(&ids)).count();
        assert_eq!(traced, 2, "{lines:#?}");
        let text = lines.join("\n");
        assert!(!text.contains("secret") && !text.contains("4711"), "{text}");
        stage.end().await;
    });
}
