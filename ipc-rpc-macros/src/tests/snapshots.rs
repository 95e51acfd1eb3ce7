//! One expansion for each feature, to be read as code. `UPDATE_EXPECT=1 cargo test` writes them
//! anew.

use expect_test::{ExpectFile, expect_file};

/// Compares the expansion of `source` with the snapshot.
fn check(source: &str, snapshot: ExpectFile) {
    let (arguments, item) = super::split(source);
    let expansion = crate::ipc_service_tokens(arguments, item);
    let file = syn2::parse2(expansion).expect("an expansion consists of items");
    snapshot.assert_eq(&prettyplease::unparse(&file));
}

#[test]
fn a_service_becomes_a_trait_a_client_and_a_server() {
    check(
        r#"
        /// Greets.
        #[ipc_service]
        pub trait Greeter {
            /// Says hello.
            async fn hello(&self, ctx: Context, name: String) -> String;
        }
        "#,
        expect_file!["../../snapshots/hello.rs"],
    );
}

#[test]
fn an_error_of_the_service_is_flattened_into_that_of_the_call() {
    check(
        r#"
        #[ipc_service]
        pub trait Calculator {
            /// Divides.
            ///
            /// # Errors
            ///
            /// Fails if `b` is zero.
            async fn divide(&self, ctx: Context, a: i64, b: i64) -> Result<i64, DivideError>;
        }
        "#,
        expect_file!["../../snapshots/fallible.rs"],
    );
}

#[test]
fn a_oneway_method_returns_once_it_is_sent() {
    check(
        r#"
        #[ipc_service]
        pub trait Log {
            #[ipc(oneway)]
            async fn note(&self, ctx: Context, line: String);
        }
        "#,
        expect_file!["../../snapshots/oneway.rs"],
    );
}

#[test]
fn options_of_a_method_go_into_its_description() {
    check(
        r#"
        #[ipc_service(version = 3)]
        pub trait Jobs {
            #[ipc(timeout = "5m", idempotent)]
            async fn wait(&self, ctx: Context);
            #[ipc(timeout = "none")]
            #[ipc(spawn, since = 3)]
            async fn compute(&self, ctx: Context);
        }
        "#,
        expect_file!["../../snapshots/options.rs"],
    );
}

#[test]
fn a_method_declared_fn_runs_on_the_blocking_pool() {
    check(
        r#"
        #[ipc_service]
        pub trait Miner {
            fn crunch(&self, ctx: Context, n: u64) -> u64;
        }
        "#,
        expect_file!["../../snapshots/blocking.rs"],
    );
}

#[test]
fn calls_become_values_where_that_is_asked_for() {
    check(
        r#"
        /// Counts.
        #[ipc_service(calls)]
        pub trait Counter {
            /// Adds.
            ///
            /// Returns the total.
            #[deprecated]
            async fn add(&self, ctx: Context, amount: i64, r#type: u8) -> i64;
            async fn divide(&self, ctx: Context, by: i64) -> Result<i64, DivideError>;
            /// Is not answered.
            #[ipc(oneway)]
            async fn note(&self, ctx: Context, line: String);
            #[cfg(unix)]
            fn sum(&self, ctx: Context, numbers: Receiver<i64>) -> Receiver<i64>;
            async fn stop(&self, ctx: Context);
        }
        "#,
        expect_file!["../../snapshots/calls.rs"],
    );
}

#[test]
fn a_cfg_guards_all_that_is_derived_from_a_method() {
    check(
        r#"
        #[ipc_service]
        pub(crate) trait Files {
            #[cfg(unix)]
            async fn mode(&self, ctx: Context, path: String) -> u32;
            #[cfg(not(unix))]
            async fn mode(&self, ctx: Context, path: String) -> bool;
        }
        "#,
        expect_file!["../../snapshots/cfg.rs"],
    );
}

#[test]
fn raw_identifiers_go_without_their_prefix_on_the_wire() {
    check(
        r#"
        #[ipc_service]
        trait r#Match {
            async fn r#type(&self, ctx: Context, r#fn: u8) -> u8;
        }
        "#,
        expect_file!["../../snapshots/raw_identifiers.rs"],
    );
}

#[test]
fn docs_and_attributes_are_carried_over() {
    check(
        r#"
        /// Keeps a list.
        ///
        /// It is short.
        #[doc(alias = "register")]
        #[ipc_service]
        pub trait List: Sealed {
            /// Adds an entry.
            #[deprecated = "use `put`"]
            #[expect(clippy::too_many_arguments, reason = "an entry has many fields")]
            async fn add(
                &self,
                ctx: Context,
                #[serde(rename = "first")] a: u8,
                #[serde(default)] b: u8,
                c: u8,
                d: u8,
                e: u8,
                f: u8,
            );
        }
        "#,
        expect_file!["../../snapshots/docs_and_attributes.rs"],
    );
}

#[test]
fn the_runtime_can_be_reached_through_another_path() {
    check(
        r#"
        #[ipc_service(crate = my_sdk::ipc)]
        pub trait Ping {
            async fn ping(&self, ctx: Context);
        }
        "#,
        expect_file!["../../snapshots/crate_path.rs"],
    );
}

#[test]
fn arguments_are_offered_to_the_visitor_of_bytes() {
    check(
        r#"
        #[ipc_service]
        pub trait Store {
            async fn put(&self, ctx: Context, key: String, value: Bytes) -> Bytes;
        }
        "#,
        expect_file!["../../snapshots/bytes.rs"],
    );
}

#[test]
fn streams_travel_beside_the_values() {
    check(
        r#"
        #[ipc_service]
        pub trait Numbers {
            async fn primes(&self, ctx: Context, limit: u64) -> Receiver<u64>;
            async fn sum(&self, ctx: Context, numbers: Receiver<i64>) -> i64;
            #[ipc(timeout = "1m")]
            async fn echo(
                &self,
                ctx: Context,
                a: Receiver<u8>,
                #[serde(default)] n: u32,
                b: ipc_rpc::Receiver<Bytes>,
            ) -> Result<Receiver<String>, E>;
            /// Follows a log.
            ///
            /// # Errors
            ///
            /// Never fails.
            #[ipc(oneway, spawn)]
            async fn follow(&self, ctx: Context, lines: Receiver<String>);
            #[cfg(unix)]
            #[ipc(timeout = "none")]
            fn digest(&self, ctx: Context, key: u64, chunks: Receiver<Vec<u8>>) -> Receiver<u64>;
            async fn ping(&self, ctx: Context);
        }
        "#,
        expect_file!["../../snapshots/streams.rs"],
    );
}

#[test]
fn a_stream_under_a_cfg_makes_a_service_with_streams() {
    check(
        r#"
        #[ipc_service]
        pub trait Lines {
            #[cfg(any())]
            async fn all(&self, ctx: Context) -> Receiver<String>;
            async fn first(&self, ctx: Context) -> String;
        }
        "#,
        expect_file!["../../snapshots/streams_cfg.rs"],
    );
}

#[test]
fn default_bodies_are_kept() {
    check(
        r#"
        #[ipc_service]
        pub trait Doubler {
            async fn double(&self, _: Context, mut a: u8) -> u8 {
                a *= 2;
                a
            }
            fn half(&self, _ctx: Context, a: u8) -> u8 {
                a / 2
            }
        }
        "#,
        expect_file!["../../snapshots/default_body.rs"],
    );
}

#[test]
fn names_on_the_wire_can_be_chosen() {
    check(
        r#"
        #[ipc_service(name = "calc", version = 2)]
        pub trait Calculator {
            #[ipc(name = "add")]
            async fn sum(&self, ctx: Context, a: i64, b: i64) -> i64;
        }
        "#,
        expect_file!["../../snapshots/names_and_versions.rs"],
    );
}

#[test]
fn a_service_in_tarpcs_form_gets_tarpcs_items() {
    check(
        r#"
        /// Greets.
        #[ipc_service]
        pub trait World {
            /// Says hello.
            async fn hello(name: String) -> String;
            #[cfg(unix)]
            #[ipc(name = "beat")]
            async fn ping();
        }
        "#,
        expect_file!["../../snapshots/tarpc.rs"],
    );
}

#[test]
fn what_messages_derive_in_tarpcs_form_can_be_chosen() {
    check(
        r#"
        #[ipc_service(derive = [Clone, serde::Serialize])]
        trait World {
            async fn divide(a: i64, b: i64) -> Result<i64, String>;
        }
        "#,
        expect_file!["../../snapshots/tarpc_derive.rs"],
    );
}

#[test]
fn a_service_without_methods_is_harmless() {
    check(
        "#[ipc_service] pub trait Nothing {}",
        expect_file!["../../snapshots/empty.rs"],
    );
}

#[test]
fn beside_errors_the_rest_of_the_code_keeps_its_meaning() {
    check(
        r#"
        #[ipc_service]
        pub trait Broken {
            async fn fine(&self, ctx: Context, a: u8) -> Result<u8, String>;
            async fn borrows(&self, ctx: Context, name: &str) -> u8;
            async fn has_pattern(&self, ctx: Context, (a, b): (u8, u8));
            async fn fine(&self, ctx: Context);
        }
        "#,
        expect_file!["../../snapshots/fallback.rs"],
    );
}

#[test]
fn beside_errors_a_service_with_streams_is_still_one() {
    check(
        r#"
        #[ipc_service]
        pub trait Broken {
            async fn fine(&self, ctx: Context, a: Receiver<u8>) -> Receiver<u8>;
            async fn nests(&self, ctx: Context, b: Option<Receiver<u8>>);
        }
        "#,
        expect_file!["../../snapshots/fallback_streams.rs"],
    );
}

#[test]
fn beside_errors_a_generic_trait_can_still_be_implemented() {
    check(
        "#[ipc_service] trait Broken<T> { async fn get(&self, ctx: Context) -> T; }",
        expect_file!["../../snapshots/fallback_generic.rs"],
    );
}
