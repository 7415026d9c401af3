/** Binds the Nylas webhook handler to a JAX-RS (Jakarta REST) endpoint. */
module io.github.nylaswebhook.jaxrs {
  requires transitive io.github.nylaswebhook.core;
  requires transitive jakarta.ws.rs;
  requires static transitive jakarta.cdi;
  requires static transitive jakarta.inject;
  requires static org.jspecify;
  requires org.slf4j;

  exports io.github.nylaswebhook.jaxrs;

  // CDI containers make proxies and call constructors that aren't public.
  opens io.github.nylaswebhook.jaxrs;
}
