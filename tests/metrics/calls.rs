//! Calls, by method and by what became of them.

use ipc_rpc::context;
use ipc_rpc::layer::Metrics;
use support::{Stage, Task, Transport};

use crate::board::{Board, test};

async fn stage() -> Stage {
    Stage::with(Transport::LocalSocket, |server| {
        server.layer(Metrics::server())
    })
    .await
}

fn calls(role: &str, method: &str, outcome: &str) -> String {
    format!(
        "ipc_rpc_calls_total{{method=\"{method}\",outcome=\"{outcome}\",role=\"{role}\",service=\"Lab\"}}"
    )
}

#[track_caller]
fn assert_counted(board: &Board, method: &str, client: (&str, f64), server: (&str, f64)) {
    for (role, (outcome, count)) in [("client", client), ("server", server)] {
        let name = calls(role, method, outcome);
        assert_eq!(board.figure(&name), count, "{name}: {:#?}", board.all());
        let took = format!(
            "ipc_rpc_call_duration_seconds{{method=\"{method}\",role=\"{role}\",service=\"Lab\"}}"
        );
        assert_eq!(board.figure(&took), count, "{took}: {:#?}", board.all());
    }
}

#[test]
fn each_call_is_counted_once_on_either_side_by_what_became_of_it() {
    test(async |board| {
        let stage = stage().await;
        let client = stage.connect().layer(Metrics::client()).await.unwrap();
        for _ in 0..3 {
            client
                .echo(context::current(), "a".to_owned())
                .await
                .unwrap();
        }
        client.divide(context::current(), 1, 0).await.unwrap_err();
        let panicked = client.panic_later(context::current(), "a".to_owned()).await;
        panicked.unwrap_err();
        assert_counted(&board, "echo", ("ok", 3.0), ("ok", 3.0));
        assert_counted(
            &board,
            "divide",
            ("service_error", 1.0),
            ("service_error", 1.0),
        );
        assert_counted(&board, "panic_later", ("panicked", 1.0), ("panicked", 1.0));
        stage.end().await;
    });
}

#[test]
fn a_call_that_its_caller_gave_up_is_counted_as_cancelled() {
    test(async |board| {
        let stage = stage().await;
        let client = stage.connect().layer(Metrics::client()).await.unwrap();
        let calling = Task::spawn({
            let client = client.clone();
            async move { client.hang(context::without_deadline(), 1).await }
        });
        board
            .reaches("ipc_rpc_calls_in_flight{direction=\"incoming\"}", 1.0)
            .await;
        calling.stop().await;
        board
            .reaches(&calls("server", "hang", "cancelled"), 1.0)
            .await;
        assert_counted(&board, "hang", ("cancelled", 1.0), ("cancelled", 1.0));
        stage.end().await;
    });
}

#[test]
fn every_figure_is_in_the_table_for_users_with_its_labels() {
    let table = include_str!("../../docs/metrics.md");
    test(async move |board| {
        let stage = stage().await;
        let client = stage.connect().layer(Metrics::client()).await.unwrap();
        client
            .echo(context::current(), "a".to_owned())
            .await
            .unwrap();
        client.connection().ping().await.unwrap();
        stage.connect().auth(&1_u32).await.unwrap_err();
        let figures = board.all();
        assert!(figures.len() > 15, "{figures:#?}");
        for figure in figures.keys() {
            let (name, labels) = figure.split_once('{').unwrap_or((figure, ""));
            let row = table
                .lines()
                .find(|line| line.contains(&format!("`{name}`")));
            let row = row.unwrap_or_else(|| panic!("{name} is not in docs/metrics.md"));
            for label in labels.split(',').filter(|label| !label.is_empty()) {
                let (label, value) = label.trim_end_matches('}').split_once('=').unwrap();
                assert!(row.contains(&format!("`{label}`")), "{figure}: {row}");
                let value = value.trim_matches('"');
                let is_listed = matches!(label, "service" | "method");
                assert!(
                    is_listed || table.contains(&format!("`{value}`")),
                    "{figure}"
                );
            }
        }
        stage.end().await;
    });
}

#[test]
fn without_the_layer_no_method_has_a_figure() {
    test(async |board| {
        let stage = Stage::new(Transport::LocalSocket).await;
        let client = stage.client().await;
        client
            .echo(context::current(), "a".to_owned())
            .await
            .unwrap();
        let of_methods = board
            .all()
            .into_keys()
            .filter(|name| name.contains("method"));
        assert_eq!(of_methods.collect::<Vec<_>>(), Vec::<String>::new());
        stage.end().await;
    });
}
