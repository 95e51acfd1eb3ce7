//! The trait: what a service implements.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{ReturnType, Signature, TraitItemFn};

use super::Expansion;
use crate::model::Form;

/// The trait as it was declared, with futures that can be sent to other threads.
pub(super) fn declaration(expansion: &Expansion<'_>) -> TokenStream {
    let methods = expansion
        .methods
        .iter()
        .map(|it| method(expansion, &it.declaration));
    with_methods(expansion, methods.chain([serve(expansion)]))
}

/// The trait with these `methods`.
pub(super) fn with_methods(
    expansion: &Expansion<'_>,
    methods: impl IntoIterator<Item = TokenStream>,
) -> TokenStream {
    let service = expansion.service;
    let (attrs, vis, ident) = (&service.attrs, &service.vis, &service.ident);
    let bounds = match service.form {
        Form::Shared => quote!(::core::marker::Send + ::core::marker::Sync + 'static),
        Form::Tarpc { .. } => quote!(::core::marker::Sized),
    };
    let supertraits = service.supertraits.iter();
    let methods = methods.into_iter();
    quote! {
        #(#attrs)*
        #vis trait #ident: #(#supertraits +)* #bounds {
            #(#methods)*
        }
    }
}

/// A method of the trait.
///
/// An `async fn` becomes one that returns a future, which is `Send`; implementors may write `async
/// fn` all the same.
pub(super) fn method(expansion: &Expansion<'_>, declaration: &TraitItemFn) -> TokenStream {
    let TraitItemFn {
        attrs,
        sig,
        default,
        semi_token,
        ..
    } = declaration;
    let Signature {
        constness,
        safety,
        abi,
        ident,
        generics,
        inputs,
        variadic,
        ..
    } = sig;
    let (before, where_clause) = (generics.params.iter(), &generics.where_clause);
    let generics = (!generics.params.is_empty()).then(|| quote!(<#(#before),*>));
    let private = &expansion.private;
    // A receiver in tarpc's form is a mistake that the fallback passes on.
    let implied = (expansion.service.form.is_tarpc() && sig.receiver().is_none())
        .then(|| quote!(self, context: #private::tarpc::context::Context,));
    let inputs = inputs.iter();
    let inputs = quote!(#implied #(#inputs,)* #variadic);
    let is_async = sig.asyncness.is_some();
    let output = output(&sig.output, is_async);
    let body = match default {
        Some(body) if is_async => quote!({ async move #body }),
        Some(body) => quote!(#body),
        None => quote!(#semi_token),
    };
    quote! {
        #(#attrs)*
        #constness #safety #abi fn #ident #generics(#inputs) #output #where_clause #body
    }
}

fn output(declared: &ReturnType, is_async: bool) -> TokenStream {
    let output = match declared {
        declared if !is_async => return quote!(#declared),
        ReturnType::Default => quote!(()),
        ReturnType::Type(_, ty) => quote!(#ty),
    };
    quote!(-> impl ::core::future::Future<Output = #output> + ::core::marker::Send)
}

/// The provided method that makes a server.
pub(super) fn serve(expansion: &Expansion<'_>) -> TokenStream {
    let server = &expansion.names.server;
    match expansion.service.form {
        Form::Shared => quote! {
            /// Makes a server of this service, to be handed to whatever answers a peer's calls.
            fn serve(self) -> #server<Self>
            where
                Self: ::core::marker::Sized,
            {
                #server::new(self)
            }
        },
        Form::Tarpc { .. } => quote! {
            /// Makes a server of this service, to be handed to whatever answers a peer's calls.
            fn serve(self) -> #server<Self> {
                #server { service: self }
            }
        },
    }
}
