package io.github.nylaswebhook.jaxrs;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.WebhookRequest;
import io.github.nylaswebhook.WebhookResponse;
import jakarta.enterprise.context.Dependent;
import jakarta.inject.Inject;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HEAD;
import jakarta.ws.rs.OPTIONS;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.io.InputStream;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The webhook's endpoint. Register an instance, where there is no CDI:
 *
 * <pre>{@code
 * new ResourceConfig().register(new NylasWebhookResource(handler))
 * }</pre>
 *
 * <p>With CDI, a container finds it, and {@link NylasWebhookBeans} has its handler. A subclass with
 * a {@link Path} of its own is the endpoint there; with RESTEasy's CDI it has a public constructor
 * without parameters, too.
 *
 * <p>Reads the body from the input stream only, so no filter or interceptor before it may read the
 * entity. Takes every Content-Type that is one. The handler stays the giver's to close. Safe for
 * use by many threads.
 */
@Dependent
@Path("/webhooks/nylas")
public class NylasWebhookResource {
  private final Function<WebhookRequest, WebhookResponse> handler;

  public NylasWebhookResource(WebhookHandler handler) {
    this.handler = handler::handle;
  }

  /** For RESTEasy, which looks for it before it has CDI call the next one. Answers 503. */
  public NylasWebhookResource() {
    this(new NylasWebhookBeans());
  }

  /** As CDI makes it. Where the beans have no handler, answers 503, and logs what to do. */
  @Inject
  public NylasWebhookResource(NylasWebhookBeans beans) {
    handler = beans::handle;
  }

  /** Answers the challenge with which Nylas checks the endpoint. */
  @GET
  public Response challenge(@Context UriInfo uri, @Context HttpHeaders headers) {
    return answer("GET", uri.getRequestUri().getRawQuery(), headers, InputStream.nullInputStream());
  }

  /** Stores a delivery. Its query says nothing, and asking for it costs a tenth of the request. */
  @POST
  public Response deliver(@Context HttpHeaders headers, InputStream body) {
    return answer("POST", null, headers, body);
  }

  // JAX-RS would answer HEAD with what GET does, and OPTIONS itself.

  @HEAD
  public Response head(@Context HttpHeaders headers) {
    return refuse("HEAD", headers);
  }

  @PUT
  public Response put(@Context HttpHeaders headers) {
    return refuse("PUT", headers);
  }

  @DELETE
  public Response delete(@Context HttpHeaders headers) {
    return refuse("DELETE", headers);
  }

  @PATCH
  public Response patch(@Context HttpHeaders headers) {
    return refuse("PATCH", headers);
  }

  @OPTIONS
  public Response options(@Context HttpHeaders headers) {
    return refuse("OPTIONS", headers);
  }

  private Response refuse(String method, HttpHeaders headers) {
    return answer(method, null, headers, InputStream.nullInputStream());
  }

  private Response answer(
      String method, @Nullable String query, HttpHeaders headers, InputStream body) {
    WebhookResponse answer =
        handler.apply(
            new WebhookRequest(
                method,
                query,
                name -> values(headers, name),
                body,
                length(values(headers, HttpHeaders.CONTENT_LENGTH))));
    byte[] content = answer.bodyBytes();
    Response.ResponseBuilder response = Response.status(answer.status());
    answer.headers().forEach(response::header);
    return (content.length == 0 ? response : response.entity(content)).build();
  }

  private static List<String> values(HttpHeaders headers, String name) {
    List<String> values = headers.getRequestHeader(name);
    return values == null ? List.of() : values;
  }

  /** Not {@link HttpHeaders#getLength}, which is an int, and may throw. */
  private static long length(List<String> values) {
    try {
      return values.isEmpty() ? -1 : Long.parseLong(values.get(0).strip());
    } catch (NumberFormatException e) {
      return -1;
    }
  }
}
