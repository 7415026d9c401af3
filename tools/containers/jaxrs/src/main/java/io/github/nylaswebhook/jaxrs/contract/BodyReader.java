package io.github.nylaswebhook.jaxrs.contract;

import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.PreMatching;
import jakarta.ws.rs.ext.Provider;
import jakarta.ws.rs.ext.ReaderInterceptor;
import jakarta.ws.rs.ext.ReaderInterceptorContext;
import java.io.IOException;
import java.io.InputStream;

/** What logs or authenticates bodies, if a request asks for it: reads what the endpoint needs. */
@Provider
@PreMatching
public class BodyReader implements ContainerRequestFilter, ReaderInterceptor {
  static final String HEADER = "X-Read-By";

  @Override
  public void filter(ContainerRequestContext request) throws IOException {
    String how = String.valueOf(request.getHeaderString(HEADER));
    if (how.endsWith("filter")) {
      read(request.getEntityStream(), how);
    }
  }

  @Override
  public Object aroundReadFrom(ReaderInterceptorContext context) throws IOException {
    String how = String.valueOf(context.getHeaders().getFirst(HEADER));
    if (how.endsWith("interceptor")) {
      read(context.getInputStream(), how);
    }
    return context.proceed();
  }

  private static void read(InputStream in, String how) throws IOException {
    in.readAllBytes();
    if (how.startsWith("closing")) {
      in.close();
    }
  }
}
