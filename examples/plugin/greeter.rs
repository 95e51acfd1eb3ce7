//! A plugin that calls its host back.

use std::process::ExitCode;

use ipc_rpc::{Context, context, plugin};

use crate::api::{Greeter, HostClient};

struct Polyglot;

impl Greeter for Polyglot {
    async fn greet(&self, ctx: Context, names: Vec<String>) -> Vec<String> {
        let host: HostClient = ctx.peer().client();
        // Calls inherit what is left of the time that this one has.
        let language = host.setting(context::current(), "language".into()).await;
        let hello = match language.ok().flatten().as_deref() {
            Some("fr") => "Bonjour",
            _ => "Hello",
        };
        let mut greetings = Vec::new();
        for (number, name) in names.iter().enumerate() {
            greetings.push(format!("{hello}, {name}!"));
            let percent = (number + 1) * 100 / names.len();
            // A host that does not want to know is no reason to stop.
            let _ = host.progress(context::current(), percent as u8).await;
        }
        greetings
    }
}

pub(crate) async fn main() -> ExitCode {
    plugin::Guest::new()
        .of("the example `plugin`")
        .serve(Polyglot.serve())
        .requires::<HostClient>()
        .run_to_exit_code()
        .await
}
