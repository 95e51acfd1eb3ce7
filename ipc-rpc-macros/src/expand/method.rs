//! What stands for one method: its arguments, and the method itself in types.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Ident, LitInt};

use super::{Expansion, inherited_attrs, located_at};
use crate::model::{Execution, Form, Method, Reply, Since, Timeout};
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
    let fields = method.args.iter().map(|arg| {
        let (serde, ident, ty) = (&arg.serde, &arg.ident, &arg.ty);
        quote!(#(#serde)* #ident: #ty)
    });
    let visits = method.args.iter().map(|arg| {
        let ident = &arg.ident;
        quote!(#private::visit_bytes(&mut self.#ident, visit);)
    });
    let visit = if method.args.is_empty() {
        quote!(_)
    } else {
        quote!(visit)
    };
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
            fn each_bytes(
                &mut self,
                #visit: &mut dyn ::core::ops::FnMut(#private::Blob<'_>),
            ) {
                #(#visits)*
            }
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

/// The unit struct that names a method.
fn marker(expansion: &Expansion<'_>, method: &Method, names: &MethodNames) -> TokenStream {
    let Expansion {
        vis,
        service,
        names: service_names,
        private,
        ..
    } = expansion;
    let definition = &service_names.definition;
    let MethodNames {
        variant,
        marker,
        args,
    } = names;
    let cfgs: Vec<_> = method.cfgs().collect();
    let attrs = inherited_attrs(method);
    let reply = reply(expansion, method);
    let descriptor = descriptor(expansion, method);
    let request = request(expansion, method, names);
    let response_method = response_method(expansion, method, variant);
    let args_binding = if method.args.is_empty() && !matches!(service.form, Form::Shared) {
        quote!(_)
    } else {
        quote!(args)
    };
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

            fn request(
                #args_binding: Self::Args,
            ) -> <Self::Service as #private::ServiceDefinition>::Request {
                #request
            }

            #response_method
        }
    }
}

/// The way back from a response to what was declared.
fn response_method(expansion: &Expansion<'_>, method: &Method, variant: &Ident) -> TokenStream {
    let Expansion { names, private, .. } = expansion;
    let response = &names.response;
    let tokens = quote! {
        #[allow(unreachable_patterns, reason = "a service may have one method only")]
        fn response(
            response: <Self::Service as #private::ServiceDefinition>::Response,
        ) -> ::core::option::Option<<Self::Reply as #private::Reply>::Declared> {
            match response {
                #response::#variant(declared) => ::core::option::Option::Some(declared),
                _ => ::core::option::Option::None,
            }
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
    };
    located_at(reply, method.reply.span(Span::call_site()))
}

/// The request that carries `args`.
fn request(expansion: &Expansion<'_>, method: &Method, names: &MethodNames) -> TokenStream {
    let request = &expansion.names.request;
    let variant = &names.variant;
    match expansion.service.form {
        Form::Shared => quote!(#request::#variant(args)),
        Form::Tarpc { .. } => {
            let fields = method.args.iter().map(|arg| &arg.ident);
            let values = fields.clone();
            quote!(#request::#variant { #(#fields: args.#values),* })
        }
    }
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
