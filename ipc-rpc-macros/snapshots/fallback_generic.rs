::core::compile_error! {
    "a service cannot be generic: peers must agree on every type; name concrete types instead"
}
trait Broken<T> {
    fn get(
        &self,
        ctx: Context,
    ) -> impl ::core::future::Future<Output = T> + ::core::marker::Send;
}
