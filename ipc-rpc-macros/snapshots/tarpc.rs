/// Greets.
pub trait World: ::core::marker::Sized {
    /// Says hello.
    fn hello(
        self,
        context: ::ipc_rpc::__private::tarpc::context::Context,
        name: String,
    ) -> impl ::core::future::Future<Output = String> + ::core::marker::Send;
    #[cfg(unix)]
    fn ping(
        self,
        context: ::ipc_rpc::__private::tarpc::context::Context,
    ) -> impl ::core::future::Future<Output = ()> + ::core::marker::Send;
    /// Makes a server of this service, to be handed to whatever answers a peer's calls.
    fn serve(self) -> ServeWorld<Self> {
        ServeWorld { service: self }
    }
}
/// The stub trait for service [`World`].
pub trait WorldStub: ::ipc_rpc::__private::tarpc::client::stub::Stub<
        Req = WorldRequest,
        Resp = WorldResponse,
    > {}
#[automatically_derived]
impl<S> WorldStub for S
where
    S: ::ipc_rpc::__private::tarpc::client::stub::Stub<
        Req = WorldRequest,
        Resp = WorldResponse,
    >,
{}
/// The client stub that makes RPC calls to a server of [`World`].
#[derive(::core::clone::Clone, ::core::fmt::Debug)]
pub struct WorldClient<
    Stub = ::ipc_rpc::__private::tarpc::client::Channel<WorldRequest, WorldResponse>,
>(
    Stub,
);
impl WorldClient {
    /// Returns a new client stub that sends requests over the given transport.
    pub fn new<T>(
        config: ::ipc_rpc::__private::tarpc::client::Config,
        transport: T,
    ) -> ::ipc_rpc::__private::tarpc::client::NewClient<
        Self,
        ::ipc_rpc::__private::tarpc::client::RequestDispatch<
            WorldRequest,
            WorldResponse,
            T,
        >,
    >
    where
        T: ::ipc_rpc::__private::tarpc::Transport<
            ::ipc_rpc::__private::tarpc::ClientMessage<WorldRequest>,
            ::ipc_rpc::__private::tarpc::Response<WorldResponse>,
        >,
    {
        let new_client = ::ipc_rpc::__private::tarpc::client::new(config, transport);
        ::ipc_rpc::__private::tarpc::client::NewClient {
            client: Self(new_client.client),
            dispatch: new_client.dispatch,
        }
    }
}
impl<Stub> ::core::convert::From<Stub> for WorldClient<Stub>
where
    Stub: ::ipc_rpc::__private::tarpc::client::stub::Stub<
        Req = WorldRequest,
        Resp = WorldResponse,
    >,
{
    /// Returns a new client stub that sends requests over the given stub.
    fn from(stub: Stub) -> Self {
        Self(stub)
    }
}
impl<Stub> WorldClient<Stub>
where
    Stub: ::ipc_rpc::__private::tarpc::client::stub::Stub<
        Req = WorldRequest,
        Resp = WorldResponse,
    >,
{
    /// Says hello.
    pub fn hello(
        &self,
        ctx: ::ipc_rpc::__private::tarpc::context::Context,
        name: String,
    ) -> impl ::core::future::Future<
        Output = ::core::result::Result<
            String,
            ::ipc_rpc::__private::tarpc::client::RpcError,
        >,
    > + '_ {
        let answer = self.0.call(ctx, WorldRequest::Hello { name });
        async move {
            match answer.await? {
                WorldResponse::Hello(value) => ::core::result::Result::Ok(value),
                #[allow(
                    unreachable_patterns,
                    reason = "a service may have one method only"
                )]
                _ => {
                    ::core::result::Result::Err(::ipc_rpc::__private::foreign_response())
                }
            }
        }
    }
    #[cfg(unix)]
    pub fn ping(
        &self,
        ctx: ::ipc_rpc::__private::tarpc::context::Context,
    ) -> impl ::core::future::Future<
        Output = ::core::result::Result<
            (),
            ::ipc_rpc::__private::tarpc::client::RpcError,
        >,
    > + '_ {
        let answer = self.0.call(ctx, WorldRequest::Ping {});
        async move {
            match answer.await? {
                WorldResponse::Ping(value) => ::core::result::Result::Ok(value),
                #[allow(
                    unreachable_patterns,
                    reason = "a service may have one method only"
                )]
                _ => {
                    ::core::result::Result::Err(::ipc_rpc::__private::foreign_response())
                }
            }
        }
    }
}
/// Serves an implementation of [`World`]: a clone of it for each call.
#[derive(::core::clone::Clone)]
pub struct ServeWorld<S> {
    service: S,
}
#[automatically_derived]
impl<S> ::core::fmt::Debug for ServeWorld<S> {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("ServeWorld").finish_non_exhaustive()
    }
}
#[automatically_derived]
impl<S> ::ipc_rpc::__private::tarpc::server::Serve for ServeWorld<S>
where
    S: World,
{
    type Req = WorldRequest;
    type Resp = WorldResponse;
    async fn serve(
        self,
        ctx: ::ipc_rpc::__private::tarpc::context::Context,
        request: WorldRequest,
    ) -> ::core::result::Result<
        WorldResponse,
        ::ipc_rpc::__private::tarpc::ServerError,
    > {
        match request {
            WorldRequest::Hello { name } => {
                ::core::result::Result::Ok(
                    WorldResponse::Hello(
                        <S as World>::hello(self.service, ctx, name).await,
                    ),
                )
            }
            #[cfg(unix)]
            WorldRequest::Ping {} => {
                ::core::result::Result::Ok(
                    WorldResponse::Ping(<S as World>::ping(self.service, ctx).await),
                )
            }
        }
    }
}
#[automatically_derived]
impl<S> ::ipc_rpc::__private::Service for ServeWorld<S>
where
    S: World + ::core::clone::Clone + ::core::marker::Send + ::core::marker::Sync
        + 'static,
{
    fn descriptor(&self) -> &'static ::ipc_rpc::__private::ServiceDescriptor {
        <WorldService as ::ipc_rpc::__private::ServiceDefinition>::DESCRIPTOR
    }
    fn dispatch(
        &self,
        call: ::ipc_rpc::__private::IncomingCall<'_>,
    ) -> ::ipc_rpc::__private::Dispatched {
        call.run_serve::<
                WorldService,
                _,
                _,
            >(|ctx, request| {
            ::ipc_rpc::__private::tarpc::server::Serve::serve(
                ::core::clone::Clone::clone(self),
                ctx,
                request,
            )
        })
    }
}
/// Names the service [`World`] in types.
#[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
pub struct WorldService;
#[automatically_derived]
impl ::ipc_rpc::__private::ServiceDefinition for WorldService {
    type Request = WorldRequest;
    type Response = WorldResponse;
    const DESCRIPTOR: &'static ::ipc_rpc::__private::ServiceDescriptor = {
        const METHODS: &[::ipc_rpc::__private::MethodDescriptor] = &[
            <__WorldMethod_Hello as ::ipc_rpc::__private::Method>::DESCRIPTOR,
            #[cfg(unix)]
            <__WorldMethod_Ping as ::ipc_rpc::__private::Method>::DESCRIPTOR,
        ];
        &::ipc_rpc::__private::ServiceDescriptor::new("World", 1u32, "Greets.", METHODS)
    };
}
const _: () = {
    ::ipc_rpc::__private::assert_message::<String>();
    ::ipc_rpc::__private::assert_message::<String>();
    #[cfg(unix)] ::ipc_rpc::__private::assert_message::<()>();
};
/// The request sent over the wire from the client to the server.
#[allow(missing_docs, reason = "the variants are the methods of the service")]
#[derive(::core::fmt::Debug)]
#[derive(
    ::ipc_rpc::__private::serde::Serialize,
    ::ipc_rpc::__private::serde::Deserialize
)]
#[serde(crate = "::ipc_rpc::__private::serde")]
pub enum WorldRequest {
    Hello { name: String },
    #[cfg(unix)]
    Ping {},
}
#[automatically_derived]
impl ::ipc_rpc::__private::tarpc::RequestName for WorldRequest {
    fn name(&self) -> &::core::primitive::str {
        match *self {
            Self::Hello { .. } => "World.hello",
            #[cfg(unix)]
            Self::Ping { .. } => "World.beat",
        }
    }
}
#[automatically_derived]
impl ::ipc_rpc::__private::WireRequest for WorldRequest {
    fn method(&self) -> &'static ::ipc_rpc::__private::MethodDescriptor {
        match *self {
            Self::Hello { .. } => {
                const {
                    &<__WorldMethod_Hello as ::ipc_rpc::__private::Method>::DESCRIPTOR
                }
            }
            #[cfg(unix)]
            Self::Ping { .. } => {
                const {
                    &<__WorldMethod_Ping as ::ipc_rpc::__private::Method>::DESCRIPTOR
                }
            }
        }
    }
    fn encode(
        self,
        encoder: &mut ::ipc_rpc::__private::RequestEncoder<'_>,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CodecError> {
        match self {
            Self::Hello { name } => encoder.args(__WorldArgs_Hello { name }),
            #[cfg(unix)]
            Self::Ping {} => encoder.args(__WorldArgs_Ping {}),
        }
    }
    fn decode(
        method: ::core::primitive::u32,
        decoder: ::ipc_rpc::__private::RequestDecoder<'_>,
    ) -> ::core::option::Option<
        ::core::result::Result<Self, ::ipc_rpc::__private::CodecError>,
    > {
        match method {
            0x4f9f2cab_u32 => {
                ::core::option::Option::Some(
                    decoder
                        .args::<__WorldArgs_Hello>()
                        .map(|__WorldArgs_Hello { name }| Self::Hello { name }),
                )
            }
            #[cfg(unix)]
            0x905255c5_u32 => {
                ::core::option::Option::Some(
                    decoder
                        .args::<__WorldArgs_Ping>()
                        .map(|__WorldArgs_Ping {}| Self::Ping {}),
                )
            }
            _ => ::core::option::Option::None,
        }
    }
}
/// The response sent over the wire from the server to the client.
#[allow(missing_docs, reason = "the variants are the methods of the service")]
#[derive(::core::fmt::Debug)]
#[derive(
    ::ipc_rpc::__private::serde::Serialize,
    ::ipc_rpc::__private::serde::Deserialize
)]
#[serde(crate = "::ipc_rpc::__private::serde")]
pub enum WorldResponse {
    Hello(String),
    #[cfg(unix)]
    Ping(()),
}
#[automatically_derived]
impl ::ipc_rpc::__private::WireResponse for WorldResponse {
    fn encode(
        self,
        encoder: &mut ::ipc_rpc::__private::ResponseEncoder<'_>,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CodecError> {
        match self {
            Self::Hello(declared) => {
                encoder
                    .reply::<
                        <__WorldMethod_Hello as ::ipc_rpc::__private::Method>::Reply,
                    >(declared)
            }
            #[cfg(unix)]
            Self::Ping(declared) => {
                encoder
                    .reply::<
                        <__WorldMethod_Ping as ::ipc_rpc::__private::Method>::Reply,
                    >(declared)
            }
        }
    }
    fn decode(
        method: ::core::primitive::u32,
        decoder: ::ipc_rpc::__private::ResponseDecoder<'_>,
    ) -> ::core::option::Option<
        ::core::result::Result<Self, ::ipc_rpc::__private::CodecError>,
    > {
        match method {
            0x4f9f2cab_u32 => {
                ::core::option::Option::Some(
                    decoder
                        .reply::<
                            <__WorldMethod_Hello as ::ipc_rpc::__private::Method>::Reply,
                        >()
                        .map(Self::Hello),
                )
            }
            #[cfg(unix)]
            0x905255c5_u32 => {
                ::core::option::Option::Some(
                    decoder
                        .reply::<
                            <__WorldMethod_Ping as ::ipc_rpc::__private::Method>::Reply,
                        >()
                        .map(Self::Ping),
                )
            }
            _ => ::core::option::Option::None,
        }
    }
}
#[doc(hidden)]
#[derive(
    ::ipc_rpc::__private::serde::Serialize,
    ::ipc_rpc::__private::serde::Deserialize
)]
#[serde(crate = "::ipc_rpc::__private::serde")]
pub struct __WorldArgs_Hello {
    name: String,
}
#[automatically_derived]
impl ::ipc_rpc::__private::Args for __WorldArgs_Hello {
    fn each_bytes(
        &mut self,
        visit: &mut dyn ::core::ops::FnMut(::ipc_rpc::__private::Blob<'_>),
    ) {
        ::ipc_rpc::__private::visit_bytes(&mut self.name, visit);
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for __WorldArgs_Hello {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.write_str(::core::stringify!(__WorldArgs_Hello))
    }
}
#[doc(hidden)]
#[derive(::core::fmt::Debug)]
pub struct __WorldMethod_Hello;
#[automatically_derived]
impl ::ipc_rpc::__private::Method for __WorldMethod_Hello {
    type Service = WorldService;
    type Args = __WorldArgs_Hello;
    type Reply = ::ipc_rpc::__private::Plain<String>;
    const DESCRIPTOR: ::ipc_rpc::__private::MethodDescriptor = ::ipc_rpc::__private::MethodDescriptor::new(
        "hello",
        0x4f9f2cab_u32,
        0x215d3725eb1b4354_u64,
        "Says hello.",
    );
    fn request(
        __WorldArgs_Hello { name }: Self::Args,
    ) -> ::core::option::Option<
        <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Request,
    > {
        ::core::option::Option::Some(WorldRequest::Hello { name })
    }
    #[allow(unreachable_patterns, reason = "a service may have one method only")]
    fn response(
        response: <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Response,
    ) -> ::core::option::Option<<Self::Reply as ::ipc_rpc::__private::Reply>::Declared> {
        match response {
            WorldResponse::Hello(declared) => ::core::option::Option::Some(declared),
            _ => ::core::option::Option::None,
        }
    }
}
#[cfg(unix)]
#[doc(hidden)]
#[derive(
    ::ipc_rpc::__private::serde::Serialize,
    ::ipc_rpc::__private::serde::Deserialize
)]
#[serde(crate = "::ipc_rpc::__private::serde")]
pub struct __WorldArgs_Ping {}
#[cfg(unix)]
#[automatically_derived]
impl ::ipc_rpc::__private::Args for __WorldArgs_Ping {
    fn each_bytes(
        &mut self,
        _: &mut dyn ::core::ops::FnMut(::ipc_rpc::__private::Blob<'_>),
    ) {}
}
#[cfg(unix)]
#[automatically_derived]
impl ::core::fmt::Debug for __WorldArgs_Ping {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.write_str(::core::stringify!(__WorldArgs_Ping))
    }
}
#[cfg(unix)]
#[doc(hidden)]
#[derive(::core::fmt::Debug)]
pub struct __WorldMethod_Ping;
#[cfg(unix)]
#[automatically_derived]
impl ::ipc_rpc::__private::Method for __WorldMethod_Ping {
    type Service = WorldService;
    type Args = __WorldArgs_Ping;
    type Reply = ::ipc_rpc::__private::Plain<()>;
    const DESCRIPTOR: ::ipc_rpc::__private::MethodDescriptor = ::ipc_rpc::__private::MethodDescriptor::new(
        "beat",
        0x905255c5_u32,
        0x20fc1e75c9671954_u64,
        "",
    );
    fn request(
        __WorldArgs_Ping {}: Self::Args,
    ) -> ::core::option::Option<
        <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Request,
    > {
        ::core::option::Option::Some(WorldRequest::Ping {})
    }
    #[allow(unreachable_patterns, reason = "a service may have one method only")]
    fn response(
        response: <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Response,
    ) -> ::core::option::Option<<Self::Reply as ::ipc_rpc::__private::Reply>::Declared> {
        match response {
            WorldResponse::Ping(declared) => ::core::option::Option::Some(declared),
            _ => ::core::option::Option::None,
        }
    }
}
