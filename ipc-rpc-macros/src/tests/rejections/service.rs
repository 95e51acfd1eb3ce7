//! The trait, and what is in it beside methods.

use super::{rejects, rejects_method};

#[test]
fn a_generic_service_is_rejected() {
    rejects(
        "trait S<T> { }",
        "T",
        "a service cannot be generic: peers must agree on every type; name concrete types instead",
    );
}

#[test]
fn a_lifetime_on_a_service_is_rejected() {
    rejects(
        "trait S<'a> { }",
        "'a",
        "a service cannot be generic: peers must agree on every type; name concrete types instead",
    );
}

#[test]
fn a_where_clause_on_a_service_is_rejected() {
    rejects(
        "trait S where Self: Clone { }",
        "where Self: Clone",
        "a service cannot have a `where` clause; add what implementors must have as supertraits",
    );
}

#[test]
fn an_unsafe_service_is_rejected() {
    rejects(
        "unsafe trait S { }",
        "unsafe",
        "a service cannot be an `unsafe` trait: peers promise nothing",
    );
}

#[test]
fn an_auto_service_is_rejected() {
    rejects(
        "auto trait S { }",
        "auto",
        "a service cannot be an `auto` trait: it is implemented by hand",
    );
}

#[test]
fn an_associated_type_is_rejected() {
    rejects_method(
        "type Item;",
        "type Item;",
        "a service has methods and nothing else, found an associated type",
    );
}

#[test]
fn an_associated_constant_is_rejected() {
    rejects_method(
        "const N: u8;",
        "const N: u8;",
        "a service has methods and nothing else, found an associated constant",
    );
}

#[test]
fn a_macro_in_a_service_is_rejected() {
    rejects_method(
        "methods!();",
        "methods!();",
        "a service has methods and nothing else, found a macro call",
    );
}
