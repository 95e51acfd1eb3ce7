//! What `#[ipc_service]` makes of services, right and wrong, as the compiler shows it.
//!
//! `TRYBUILD=overwrite cargo test --test ui` writes the `.stderr` files anew. Read them as the user who made
//! the mistake would. Messages in `fail/bounds` are the compiler's own and change with it; those of the
//! other folders are ours.

#[test]
fn services_of_every_shape_compile_without_a_warning_and_run() {
    trybuild::TestCases::new().pass("ui/pass/*.rs");
}

#[test]
fn every_mistake_in_a_service_is_named_where_it_was_made() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/fail/service/*.rs");
    cases.compile_fail("ui/fail/method/*.rs");
    cases.compile_fail("ui/fail/args/*.rs");
    cases.compile_fail("ui/fail/streams/*.rs");
    cases.compile_fail("ui/fail/bounds/*.rs");
}
