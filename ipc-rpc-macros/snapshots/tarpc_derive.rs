trait World: ::core::marker::Sized {
    fn divide(
        self,
        context: ::ipc_rpc::__private::tarpc::context::Context,
        a: i64,
        b: i64,
    ) -> impl ::core::future::Future<
        Output = Result<i64, String>,
    > + ::core::marker::Send;
    /// Makes a server of this service, to be handed to whatever answers a peer's calls.
    fn serve(self) -> ServeWorld<Self> {
        ServeWorld { service: self }
    }
}
/// The stub trait for service [`World`].
trait WorldStub: ::ipc_rpc::__private::tarpc::client::stub::Stub<
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
struct WorldClient<
    Stub = ::ipc_rpc::__private::tarpc::client::Channel<WorldRequest, WorldResponse>,
>(
    Stub,
);
impl WorldClient {
    /// Returns a new client stub that sends requests over the given transport.
    fn new<T>(
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
    fn divide(
        &self,
        ctx: ::ipc_rpc::__private::tarpc::context::Context,
        a: i64,
        b: i64,
    ) -> impl ::core::future::Future<
        Output = ::core::result::Result<
            Result<i64, String>,
            ::ipc_rpc::__private::tarpc::client::RpcError,
        >,
    > + '_ {
        let answer = self.0.call(ctx, WorldRequest::Divide { a, b });
        async move {
            match answer.await? {
                WorldResponse::Divide(value) => ::core::result::Result::Ok(value),
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
struct ServeWorld<S> {
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
            WorldRequest::Divide { a, b } => {
                ::core::result::Result::Ok(
                    WorldResponse::Divide(
                        <S as World>::divide(self.service, ctx, a, b).await,
                    ),
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
struct WorldService;
#[automatically_derived]
impl ::ipc_rpc::__private::ServiceDefinition for WorldService {
    type Request = WorldRequest;
    type Response = WorldResponse;
    const DESCRIPTOR: &'static ::ipc_rpc::__private::ServiceDescriptor = {
        const METHODS: &[::ipc_rpc::__private::MethodDescriptor] = &[
            <__WorldMethod_Divide as ::ipc_rpc::__private::Method>::DESCRIPTOR,
        ];
        &::ipc_rpc::__private::ServiceDescriptor::new("World", 1u32, "", METHODS)
    };
}
const _: () = {
    ::ipc_rpc::__private::assert_message::<i64>();
    ::ipc_rpc::__private::assert_message::<i64>();
    ::ipc_rpc::__private::assert_message::<i64>();
    ::ipc_rpc::__private::assert_message::<String>();
};
/// The request sent over the wire from the client to the server.
#[allow(missing_docs, reason = "the variants are the methods of the service")]
#[derive(::core::fmt::Debug)]
#[derive(Clone, serde::Serialize)]
enum WorldRequest {
    Divide { a: i64, b: i64 },
}
#[automatically_derived]
impl ::ipc_rpc::__private::tarpc::RequestName for WorldRequest {
    fn name(&self) -> &::core::primitive::str {
        match *self {
            Self::Divide { .. } => "World.divide",
        }
    }
}
#[automatically_derived]
impl ::ipc_rpc::__private::WireRequest for WorldRequest {
    fn method(&self) -> &'static ::ipc_rpc::__private::MethodDescriptor {
        match *self {
            Self::Divide { .. } => {
                const {
                    &<__WorldMethod_Divide as ::ipc_rpc::__private::Method>::DESCRIPTOR
                }
            }
        }
    }
    fn encode(
        self,
        encoder: &mut ::ipc_rpc::__private::RequestEncoder<'_>,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CodecError> {
        match self {
            Self::Divide { a, b } => encoder.args(__WorldArgs_Divide { a, b }),
        }
    }
    fn decode(
        method: ::core::primitive::u32,
        decoder: ::ipc_rpc::__private::RequestDecoder<'_>,
    ) -> ::core::option::Option<
        ::core::result::Result<Self, ::ipc_rpc::__private::CodecError>,
    > {
        match method {
            0x61526270_u32 => {
                ::core::option::Option::Some(
                    decoder
                        .args::<__WorldArgs_Divide>()
                        .map(|__WorldArgs_Divide { a, b }| Self::Divide { a, b }),
                )
            }
            _ => ::core::option::Option::None,
        }
    }
}
/// The response sent over the wire from the server to the client.
#[allow(missing_docs, reason = "the variants are the methods of the service")]
#[derive(::core::fmt::Debug)]
#[derive(Clone, serde::Serialize)]
enum WorldResponse {
    Divide(Result<i64, String>),
}
#[automatically_derived]
impl ::ipc_rpc::__private::WireResponse for WorldResponse {
    fn encode(
        self,
        encoder: &mut ::ipc_rpc::__private::ResponseEncoder<'_>,
    ) -> ::core::result::Result<(), ::ipc_rpc::__private::CodecError> {
        match self {
            Self::Divide(declared) => {
                encoder
                    .reply::<
                        <__WorldMethod_Divide as ::ipc_rpc::__private::Method>::Reply,
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
            0x61526270_u32 => {
                ::core::option::Option::Some(
                    decoder
                        .reply::<
                            <__WorldMethod_Divide as ::ipc_rpc::__private::Method>::Reply,
                        >()
                        .map(Self::Divide),
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
struct __WorldArgs_Divide {
    a: i64,
    b: i64,
}
#[automatically_derived]
impl ::ipc_rpc::__private::Args for __WorldArgs_Divide {
    fn each_bytes(
        &mut self,
        visit: &mut dyn ::core::ops::FnMut(::ipc_rpc::__private::Blob<'_>),
    ) {
        ::ipc_rpc::__private::visit_bytes(&mut self.a, visit);
        ::ipc_rpc::__private::visit_bytes(&mut self.b, visit);
    }
}
#[automatically_derived]
impl ::core::fmt::Debug for __WorldArgs_Divide {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.write_str(::core::stringify!(__WorldArgs_Divide))
    }
}
#[doc(hidden)]
#[derive(::core::fmt::Debug)]
struct __WorldMethod_Divide;
#[automatically_derived]
impl ::ipc_rpc::__private::Method for __WorldMethod_Divide {
    type Service = WorldService;
    type Args = __WorldArgs_Divide;
    type Reply = ::ipc_rpc::__private::Fallible<i64, String>;
    const DESCRIPTOR: ::ipc_rpc::__private::MethodDescriptor = ::ipc_rpc::__private::MethodDescriptor::new(
        "divide",
        0x61526270_u32,
        0x95e44460555ff418_u64,
        "",
    );
    fn request(
        __WorldArgs_Divide { a, b }: Self::Args,
    ) -> ::core::option::Option<
        <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Request,
    > {
        ::core::option::Option::Some(WorldRequest::Divide { a, b })
    }
    #[allow(unreachable_patterns, reason = "a service may have one method only")]
    fn response(
        response: <Self::Service as ::ipc_rpc::__private::ServiceDefinition>::Response,
    ) -> ::core::option::Option<<Self::Reply as ::ipc_rpc::__private::Reply>::Declared> {
        match response {
            WorldResponse::Divide(declared) => ::core::option::Option::Some(declared),
            _ => ::core::option::Option::None,
        }
    }
}
