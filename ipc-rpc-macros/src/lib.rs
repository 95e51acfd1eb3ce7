//! The `#[ipc_service]` attribute of the `ipc-rpc` crate, which re-exports and documents it.
//!
//! An expansion goes through four rooms: `parse` turns tokens into the `model`, `check` holds the
//! model against the rules that concern it as a whole, and `expand` turns it into tokens again,
//! which cannot fail. Whatever is wrong is gathered in `errors` and reported at once, beside a
//! fallback expansion that keeps the rest of the user's code meaningful to the compiler.

mod check;
mod errors;
mod expand;
mod model;
mod names;
mod parse;
mod signature;
mod spelling;
#[cfg(test)]
mod tests;

/// Makes a service of a trait: a client, a server and what travels between them.
///
/// Documented where it is re-exported, as `ipc_rpc::ipc_service`.
#[proc_macro_attribute]
pub fn ipc_service(
    arguments: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    ipc_service_tokens(arguments.into(), item.into()).into()
}

/// [`ipc_service()`] in tokens that exist outside a compiler, too.
fn ipc_service_tokens(
    arguments: proc_macro2::TokenStream,
    item: proc_macro2::TokenStream,
) -> proc_macro2::TokenStream {
    let declaration = match parse::declaration(item.clone()) {
        Ok(declaration) => declaration,
        Err(error) => return expand::unchanged(item, &error),
    };
    let mut errors = errors::Errors::default();
    let service = parse::service(arguments, &declaration, &mut errors);
    check::service(&service, &mut errors);
    match errors.finish() {
        Ok(()) => expand::service(&service),
        Err(error) => expand::fallback(&service, &declaration, &error),
    }
}
