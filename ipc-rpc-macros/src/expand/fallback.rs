//! What is emitted beside errors, so that the rest of the user's code brings no errors of its own.
//!
//! The trait has all methods that were declared, as far as Rust accepts them, so that
//! implementations fit. The client has the methods that can be called at all. Requests are empty:
//! nothing of this ever runs.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::visit::{self, Visit};
use syn::{FnArg, ItemTrait, Pat, PatWild, TraitItem, TraitItemFn};

use super::{Expansion, client, declaration, tarpc};
use crate::model::{Form, Method, Service};
use crate::names;
use crate::parse::without_macro_attrs;
use crate::spelling::spell;

/// Everything that can be made of `service`, whose declaration has mistakes, and the errors.
pub(crate) fn fallback(
    service: &Service,
    declaration: &ItemTrait,
    error: &syn::Error,
) -> TokenStream {
    // The names may clash, and the types may be ones that cannot be sent.
    let expansion = Expansion::new(service, &[]);
    let mut tokens = error.to_compile_error();
    let items = trait_items(&expansion, declaration);
    if declaration.generics.params.is_empty() {
        tokens.extend(declaration::with_methods(&expansion, items));
        tokens.extend(expansion.items());
        tokens.extend(client_methods(&expansion, &service.methods));
    } else {
        // Nothing can be generated for a trait whose parameters are unknown, but it can be
        // implemented.
        let mut declaration = declaration.clone();
        declaration.items = items.into_iter().map(TraitItem::Verbatim).collect();
        declaration.to_tokens(&mut tokens);
    }
    tokens
}

fn trait_items(expansion: &Expansion<'_>, declaration: &ItemTrait) -> Vec<TokenStream> {
    let mut items = Vec::new();
    let mut seen = HashSet::new();
    let mut has_serve = false;
    for item in &declaration.items {
        let TraitItem::Fn(method) = item else {
            items.push(quote!(#item));
            continue;
        };
        has_serve |= method.sig.ident == "serve";
        if seen.insert(key(method)) {
            let method = without_patterns(without_macro_attrs(method));
            items.push(declaration::method(expansion, &method));
        }
    }
    let is_generic = !declaration.generics.params.is_empty();
    if !is_generic && !has_serve {
        items.push(declaration::serve(expansion));
    }
    items
}

/// What tells methods apart: their names, or the `#[cfg]`s they stand under.
fn key(method: &TraitItemFn) -> String {
    let cfgs = method
        .attrs
        .iter()
        .filter(|attr| attr.path().is_ident("cfg"));
    let cfgs: Vec<_> = cfgs.map(spell).collect();
    format!("{} {}", method.sig.ident.unraw(), cfgs.concat())
}

/// The method with `_` for every pattern that Rust allows in methods with a body only.
fn without_patterns(mut method: TraitItemFn) -> TraitItemFn {
    if method.default.is_some() {
        return method;
    }
    for input in &mut method.sig.inputs {
        if let FnArg::Typed(arg) = input
            && !matches!(&*arg.pat, Pat::Ident(name) if name.mutability.is_none())
        {
            *arg.pat = Pat::Wild(PatWild {
                attrs: Vec::new(),
                underscore_token: Default::default(),
            });
        }
    }
    method
}

/// Methods of the client that type-check and are never run.
fn client_methods(expansion: &Expansion<'_>, methods: &[Method]) -> TokenStream {
    let reserved = names::reserved_methods(&expansion.service.form);
    let mut seen = HashSet::new();
    let methods = methods.iter().filter_map(|method| {
        let ident = method.ident().unraw().to_string();
        let has_room = !reserved.iter().any(|(name, _)| *name == ident)
            && has_distinct_args(method)
            && !Unspeakable::is_in(method);
        (has_room && seen.insert(key(&method.declaration))).then(|| match expansion.service.form {
            Form::Shared => {
                let waiting = client::Waiting::Async;
                client::client_method(expansion, method, waiting, quote!(::core::todo!()))
            }
            Form::Tarpc { .. } => {
                tarpc::client_method(expansion, method, quote!(async { ::core::todo!() }))
            }
        })
    });
    let client = &expansion.names.client;
    quote! {
        #[allow(unused_variables, dead_code, reason = "stands in for what has errors")]
        impl<C> #client<C> {
            #(#methods)*
        }
    }
}

/// Finds types that mean something else in the client, or nothing: `Self` and `_`.
struct Unspeakable(bool);

impl Unspeakable {
    fn is_in(method: &Method) -> bool {
        let mut finder = Self(false);
        finder.visit_signature(&method.declaration.sig);
        finder.0
    }
}

impl<'ast> Visit<'ast> for Unspeakable {
    fn visit_type_infer(&mut self, _: &'ast syn::TypeInfer) {
        self.0 = true;
    }

    fn visit_type_path(&mut self, path: &'ast syn::TypePath) {
        self.0 |= path
            .path
            .segments
            .first()
            .is_some_and(|first| first.ident == "Self");
        visit::visit_type_path(self, path);
    }
}

fn has_distinct_args(method: &Method) -> bool {
    let mut seen = HashSet::from(["ctx".to_owned()]);
    method
        .args
        .iter()
        .all(|arg| seen.insert(arg.ident.unraw().to_string()))
}
