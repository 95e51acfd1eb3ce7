//! Many plugins at once.

use futures_util::future::join_all;
use ipc_rpc::context;

use crate::stage::{command, handoffs, host, launch_as, soon, test};

/// How many. By this variable, if that is set.
const PLUGINS: &str = "IPC_RPC_PLUGINS";

#[test]
fn plugins_that_connect_in_their_first_instruction_all_come_up() {
    let count = std::env::var(PLUGINS)
        .ok()
        .and_then(|text| text.parse().ok());
    test(move || async move {
        let host = host();
        let launches = (0..count.unwrap_or(24)).map(|number| {
            let handoff = handoffs()[number % handoffs().len()];
            launch_as(&host, command(&["serve", "--one-thread"]).handoff(handoff))
        });
        let plugins = join_all(launches).await;
        let calls = plugins.iter().map(|plugin| async {
            let pid = plugin.client().pid(context::current()).await;
            assert_eq!(pid.unwrap(), plugin.pid().unwrap());
        });
        join_all(calls).await;
        soon(host.shutdown()).await;
        for plugin in plugins {
            assert!(soon(plugin.shutdown()).await.is_clean);
        }
    });
}
