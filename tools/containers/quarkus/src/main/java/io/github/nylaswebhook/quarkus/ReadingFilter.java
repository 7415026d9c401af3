package io.github.nylaswebhook.quarkus;

import io.github.nylaswebhook.jaxrs.contract.BodyReader;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.PreMatching;
import jakarta.ws.rs.ext.Provider;
import jakarta.ws.rs.ext.ReaderInterceptor;
import jakarta.ws.rs.ext.ReaderInterceptorContext;
import java.io.IOException;

/** The contract's, where Quarkus finds it. */
@Provider
@PreMatching
public class ReadingFilter implements ContainerRequestFilter, ReaderInterceptor {
  private final BodyReader reader = new BodyReader();

  @Override
  public void filter(ContainerRequestContext request) throws IOException {
    reader.filter(request);
  }

  @Override
  public Object aroundReadFrom(ReaderInterceptorContext context) throws IOException {
    return reader.aroundReadFrom(context);
  }
}
