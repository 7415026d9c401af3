package io.github.nylaswebhook.benchmarks;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** The least that a servlet does: reads the body, computes the HMAC, compares it, answers 200. */
final class BareServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;

  private final transient BareSignature signature;

  BareServlet(String secret) {
    signature = new BareSignature(secret);
  }

  @Override
  protected void doPost(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    byte[] body = request.getInputStream().readAllBytes();
    response.setStatus(
        signature.matches(body, request.getHeader(BareSignature.HEADER)) ? 200 : 401);
    response.setContentLength(0);
  }
}
