//! What stands for one method: its arguments, and the method itself in types.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::LitInt;
use syn::spanned::Spanned;

use super::{Expansion, field, inherited_attrs, located_at};
use crate::model::{Arg, Execution, Form, Method, Reply, Since, Timeout};
use crate::names::MethodNames;

/// The hidden items of a method.
pub(super) fn method(expansion: &Expansion<'_>, method: &Method) -> TokenStream {
    let names = MethodNames::of(expansion.service, method);
    let mut tokens = arguments(expansion, method, &names);
    tokens.extend(marker(expansion, method, &names));
    tokens
}

/// The struct of a method's arguments, which is what a request consists of.
fn arguments(expansion: &Expansion<'_>, method: &Method, names: &MethodNames) -> TokenStream {
    let Expansion { vis, private, .. } = expansion;
    let args = &names.args;
    let derive_serde = expansion.derive_serde();
    let cfgs: Vec<_> = method.cfgs().collect();
    let attrs = inherited_attrs(method);
    let fields = method.args.iter().map(field);
    let (each_bytes, each_stream) = (
        each_bytes(expansion, method),
        each_stream(expansion, method),
    );
    quote! {
        #(#attrs)*
        #[doc(hidden)]
        #derive_serde
        #vis struct #args {
            #(#fields),*
        }

        #(#cfgs)*
        #[automatically_derived]
        impl #private::Args for #args {
            #each_bytes
            #each_stream
        }

        #(#cfgs)*
        #[automatically_derived]
        impl ::core::fmt::Debug for #args {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(::core::stringify!(#args))
            }
        }
    }
}

/// The way to the arguments that may travel as bytes: those that are values.
fn each_bytes(expansion: &Expansion<'_>, method: &Method) -> TokenStream {
    let private = &expansion.private;
    let values = method.args.iter().filter(|arg| !arg.is_stream());
    let visits: Vec<_> = values
        .map(|Arg { ident, .. }| quote!(#private::visit_bytes(&mut self.#ident, visit);))
        .collect();
    let visit = if visits.is_empty() {
        quote!(_)
    } else {
        quote!(visit)
    };
    quote! {
        fn each_bytes(
            &mut self,
            #visit: &mut dyn ::core::ops::FnMut(#private::Blob<'_>),
        ) {
            #(#visits)*
        }
    }
}

/// The way to the arguments that are streams, if there are any. If somebody else's `Receiver` is
/// one, the compiler says so at its place.
fn each_stream(expansion: &Expansion<'_>, method: &Method) -> Option<TokenStream> {
    let private = &expansion.private;
    let streams = method.args.iter().filter(|arg| arg.is_stream());
    let visits = streams
        .map(|Arg { ident, ty, .. }| located_at(quote!(visit(&mut self.#ident);), ty.span()));
    method.takes_stream().then(|| {
        quote! {
            fn each_stream(
                &mut self,
                visit: &mut dyn ::core::ops::FnMut(&mut dyn #private::AnyReceiver),
            ) {
                #(#visits)*
            }
        }
    })
}

/// The unit struct that names a method.
fn marker(expansion: &Expansion<'_>, method: &Method, names: &MethodNames) -> TokenStream {
    let Expansion {
        vis,
        names: service_names,
        private,
        ..
    } = expansion;
    let definition = &service_names.definition;
    let MethodNames { marker, args, .. } = names;
    let cfgs: Vec<_> = method.cfgs().collect();
    let attrs = inherited_attrs(method);
    let reply = reply(expansion, method);
    let descriptor = descriptor(expansion, method);
    let request_method = request_method(expansion, method, names);
    let response_method = response_method(expansion, method, names);
    quote! {
        #(#cfgs)*
        #[doc(hidden)]
        #[derive(::core::fmt::Debug)]
        #vis struct #marker;

        #(#attrs)*
        #[automatically_derived]
        impl #private::Method for #marker {
            type Service = #definition;
            type Args = #args;
            type Reply = #reply;

            const DESCRIPTOR: #private::MethodDescriptor = #descriptor;

            #request_method
            #response_method
        }
    }
}

/// The way from arguments to a request that carries them, if one can.
fn request_method(expansion: &Expansion<'_>, method: &Method, names: &MethodNames) -> TokenStream {
    let Expansion {
        service,
        names: service_names,
        private,
        ..
    } = expansion;
    let (request, variant) = (&service_names.request, &names.variant);
    let some = |request| quote!(::core::option::Option::Some(#request));
    let (binding, request) = match service.form {
        _ if service.has_streams() => (quote!(_), quote!(::core::option::Option::None)),
        Form::Shared => (quote!(args), some(quote!(#request::#variant(args)))),
        Form::Tarpc { .. } => {
            let args = &names.args;
            let fields: Vec<_> = method.args.iter().map(|arg| &arg.ident).collect();
            let request = some(quote!(#request::#variant { #(#fields),* }));
            (quote!(#args { #(#fields),* }), request)
        }
    };
    quote! {
        fn request(
            #binding: Self::Args,
        ) -> ::core::option::Option<<Self::Service as #private::ServiceDefinition>::Request> {
            #request
        }
    }
}

/// The way back from a response to what was declared.
fn response_method(expansion: &Expansion<'_>, method: &Method, names: &MethodNames) -> TokenStream {
    let private = &expansion.private;
    let (response, variant) = (&expansion.names.response, &names.variant);
    let has_streams = expansion.service.has_streams();
    let lenient = (!has_streams).then(
        || quote!(#[allow(unreachable_patterns, reason = "a service may have one method only")]),
    );
    let arms = (!has_streams).then(|| {
        quote! {
            #response::#variant(declared) => ::core::option::Option::Some(declared),
            _ => ::core::option::Option::None,
        }
    });
    let tokens = quote! {
        #lenient
        fn response(
            response: <Self::Service as #private::ServiceDefinition>::Response,
        ) -> ::core::option::Option<<Self::Reply as #private::Reply>::Declared> {
            match response { #arms }
        }
    };
    located_at(tokens, method.reply.span(method.ident().span()))
}

/// The runtime's description of what a method returns.
fn reply(expansion: &Expansion<'_>, method: &Method) -> TokenStream {
    let private = &expansion.private;
    let reply = match &method.reply {
        Reply::OneWay => quote!(#private::Plain<()>),
        Reply::Plain(ty) => quote!(#private::Plain<#ty>),
        Reply::Fallible { value, error, .. } => quote!(#private::Fallible<#value, #error>),
        Reply::Streaming { item, .. } => quote!(#private::Streaming<#item>),
        Reply::FallibleStreaming { item, error, .. } => {
            quote!(#private::FallibleStreaming<#item, #error>)
        }
    };
    located_at(reply, method.reply.span(Span::call_site()))
}

fn descriptor(expansion: &Expansion<'_>, method: &Method) -> TokenStream {
    let private = &expansion.private;
    let (name, docs) = (&method.name.text, &method.docs);
    let id = id(method);
    let signature = hexadecimal(format!("{:#018x}_u64", method.signature));
    let mut tokens = quote!(#private::MethodDescriptor::new(#name, #id, #signature, #docs));
    if matches!(method.reply, Reply::OneWay) {
        tokens.extend(quote!(.oneway()));
    }
    match method.execution {
        Execution::Async => {}
        Execution::Spawned => tokens.extend(quote!(.spawn())),
        Execution::Blocking => tokens.extend(quote!(.blocking())),
    }
    if method.idempotent {
        tokens.extend(quote!(.idempotent()));
    }
    match method.timeout {
        Timeout::Unset => {}
        Timeout::Never => tokens.extend(quote!(.without_timeout())),
        Timeout::After(duration) => {
            let seconds = Literal::u64_unsuffixed(duration.as_secs());
            let nanos = Literal::u32_unsuffixed(duration.subsec_nanos());
            tokens.extend(quote!(.timeout(::core::time::Duration::new(#seconds, #nanos))));
        }
    }
    if let Since::Version { version, .. } = method.since {
        tokens.extend(quote!(.since(#version)));
    }
    tokens
}

/// The id of a method as a literal, for patterns and expressions.
pub(super) fn id(method: &Method) -> impl ToTokens {
    hexadecimal(format!("{:#010x}_u32", method.id))
}

fn hexadecimal(digits: String) -> LitInt {
    LitInt::new(&digits, Span::call_site())
}
