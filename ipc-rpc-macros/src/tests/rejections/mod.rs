//! What is not a service, and what is said about it.

mod args;
mod names;
mod options;
mod receivers;
mod service;
mod settings;
mod signatures;
mod streams;

/// All complaints about `source`, each with the text it points at.
fn complaints(source: &str) -> Vec<(String, String)> {
    let (_, result) = super::understand(source);
    let error = result.expect_err("the service breaks a rule");
    error
        .into_iter()
        .map(|error| {
            let place = error.span().source_text().unwrap_or_default();
            (place, error.to_string())
        })
        .collect()
}

/// Asserts that there is one complaint, which starts at `place` and says `message`.
#[track_caller]
fn rejects(source: &str, place: &str, message: &str) {
    assert_eq!(complaints(source), [(place.to_owned(), message.to_owned())]);
}

/// The same for a service that consists of this method.
#[track_caller]
fn rejects_method(method: &str, place: &str, message: &str) {
    rejects(&format!("trait Service {{ {method} }}"), place, message);
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let source = "#[ipc_service(version = 0)] trait S<T> { const N: u8; async fn a(&self); fn \
                  serve(self); }";
    let places: Vec<_> = complaints(source)
        .into_iter()
        .map(|(place, _)| place)
        .collect();
    assert_eq!(places, ["0", "T", "const N: u8;", "a", "self", "serve"]);
}

#[test]
fn an_item_that_is_no_trait_is_rejected_and_kept() {
    let item = quote::quote!(
        struct Calculator;
    );
    let expansion = crate::ipc_service_tokens(proc_macro2::TokenStream::new(), item);
    assert_eq!(
        crate::spelling::spell(expansion),
        "struct Calculator; ::core::compile_error!{\"`#[ipc_service]` expects a trait, \
         whose methods are those of the service\"}"
    );
}
