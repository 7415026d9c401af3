package io.github.nylaswebhook.servlet;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** One HTTP/1.1 exchange, byte by byte: nothing is added, decoded or made right. */
final class RawHttp implements AutoCloseable {
  private final Socket socket;

  /** An answer as it came; the names of headers in lower case. */
  record Answer(int status, Map<String, String> headers, String body) {}

  RawHttp(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(20_000);
    socket.setTcpNoDelay(true);
  }

  static Answer exchange(int port, String head, byte... body) throws IOException {
    try (RawHttp http = new RawHttp(port)) {
      http.send(head, body);
      return http.answer(!head.startsWith("HEAD"));
    }
  }

  /** Lines end with a plain newline here, and travel with CRLF. */
  void send(String head, byte... body) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(head.replace("\n", "\r\n").getBytes(UTF_8));
    out.write(body);
    out.flush();
  }

  Answer answer(boolean withBody) throws IOException {
    InputStream in = socket.getInputStream();
    String status = line(in);
    Map<String, String> headers = new LinkedHashMap<>();
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      int colon = line.indexOf(':');
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
    byte[] body = withBody ? in.readNBytes(length) : new byte[0];
    return new Answer(Integer.parseInt(status.split(" ", 3)[1]), headers, new String(body, UTF_8));
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new IOException("the connection ended: " + line.toString(ISO_8859_1));
      }
      if (b != '\r') {
        line.write(b);
      }
    }
    return line.toString(ISO_8859_1);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
