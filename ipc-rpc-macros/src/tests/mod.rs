//! Expansions against snapshots, rejections by message, and the numbers on the wire.

mod rejections;
mod signatures;
mod snapshots;

use proc_macro2::TokenStream;

use crate::errors::Errors;
use crate::model::Service;
use crate::{check, parse};

/// The attribute's arguments and the item under it, as two token streams.
fn split(source: &str) -> (TokenStream, TokenStream) {
    let item: syn::ItemTrait = syn::parse_str(source).expect("the test declares a trait");
    let attr = item
        .attrs
        .iter()
        .find(|attr| attr.path().is_ident("ipc_service"));
    let arguments = match attr.map(|attr| &attr.meta) {
        Some(syn::Meta::List(list)) => list.tokens.clone(),
        _ => TokenStream::new(),
    };
    let mut item = item;
    item.attrs
        .retain(|attr| !attr.path().is_ident("ipc_service"));
    (arguments, quote::quote!(#item))
}

/// Understands the service that `source` declares, with all that is wrong with it.
fn understand(source: &str) -> (Service, syn::Result<()>) {
    let (arguments, item) = split(source);
    let declaration = parse::declaration(item).expect("the test declares a trait");
    let mut errors = Errors::default();
    let service = parse::service(arguments, &declaration, &mut errors);
    check::service(&service, &mut errors);
    (service, errors.finish())
}
