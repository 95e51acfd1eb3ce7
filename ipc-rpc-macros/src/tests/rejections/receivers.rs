//! Receivers, contexts, and mixed forms.

use super::{rejects, rejects_method};

#[test]
fn a_service_by_value_is_rejected() {
    rejects_method(
        "async fn a(self, ctx: Context);",
        "self",
        "method `a` takes `self`, expected `&self`: the service is shared by all calls",
    );
}

#[test]
fn a_mutable_service_by_value_is_rejected() {
    rejects_method(
        "async fn a(mut self, ctx: Context);",
        "mut self",
        "method `a` takes `mut self`, expected `&self`: the service is shared by all calls",
    );
}

#[test]
fn a_mutable_service_is_rejected() {
    rejects_method(
        "async fn a(&mut self, ctx: Context);",
        "&mut self",
        "method `a` takes `&mut self`, expected `&self`: calls run at the same time; put what they \
         change behind a lock",
    );
}

#[test]
fn a_typed_receiver_is_rejected() {
    rejects_method(
        "async fn a(self: Arc<Self>, ctx: Context);",
        "self: Arc<Self>",
        "method `a` takes `self: Arc<Self>`, expected `&self`: the service is shared by all calls",
    );
}

#[test]
fn a_receiver_with_a_lifetime_is_rejected() {
    rejects_method(
        "async fn a(&'static self, ctx: Context);",
        "&'static self",
        "method `a` takes `&'static self`, expected `&self`: lifetimes have no meaning for a peer",
    );
}

#[test]
fn a_method_with_a_context_but_no_receiver_is_rejected() {
    rejects_method(
        "async fn a(ctx: Context, b: u8);",
        "ctx: Context",
        "method `a` has no receiver, expected `&self` first",
    );
}

#[test]
fn a_method_without_a_context_is_rejected() {
    rejects_method(
        "async fn a(&self);",
        "a",
        "method `a` has no context, expected `ctx: Context` after `&self`",
    );
}

#[test]
fn a_context_in_the_wrong_place_is_rejected() {
    rejects_method(
        "async fn a(&self, b: u8, ctx: Context);",
        "b: u8",
        "method `a` has `b: u8` after `&self`, expected `ctx: Context` there",
    );
}

#[test]
fn a_borrowed_context_is_rejected() {
    rejects_method(
        "async fn a(&self, ctx: &Context);",
        "&Context",
        "method `a` takes the context by reference, expected `ctx: Context`",
    );
}

#[test]
fn a_receiver_among_methods_in_tarpcs_form_is_rejected() {
    rejects(
        "trait S { async fn a(); async fn b(); async fn c(&self, ctx: Context); }",
        "&self",
        "method `c` has a receiver, unlike others of this service; a service uses one form: \
         `&self, ctx: Context` in all methods, or neither, as with tarpc",
    );
}

#[test]
fn a_context_among_methods_in_tarpcs_form_is_rejected() {
    rejects(
        "trait S { async fn a(); async fn b(); async fn c(ctx: Context); }",
        "ctx: Context",
        "method `c` declares a context, unlike others of this service; a service uses one form: \
         `&self, ctx: Context` in all methods, or neither, as with tarpc",
    );
}

#[test]
fn a_method_without_receiver_among_others_is_rejected() {
    rejects(
        "trait S { async fn a(&self, ctx: Context); async fn b(c: u8); }",
        "b",
        "method `b` has no receiver, unlike others of this service; a service uses one form: \
         `&self, ctx: Context` in all methods, or neither, as with tarpc",
    );
}
