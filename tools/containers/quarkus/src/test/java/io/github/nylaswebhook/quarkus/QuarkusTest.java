package io.github.nylaswebhook.quarkus;

import io.github.nylaswebhook.WebhookHandler;
import io.github.nylaswebhook.jaxrs.contract.Except;
import io.github.nylaswebhook.jaxrs.contract.JaxrsEndpointContract;
import io.quarkus.bootstrap.app.CuratedApplication;
import io.quarkus.bootstrap.app.QuarkusBootstrap;
import io.quarkus.bootstrap.app.RunningQuarkusApplication;
import java.nio.file.Path;

@SuppressWarnings("deprecation")
@Except(
    value = "saysThatTheBodyHasBeenRead",
    because = "Quarkus lets no pre-matching filter read, and answers 500 if one tries")
@Except(
    value = "servesWhatASubclassAdds",
    because = "started like this, generated code doesn't see the application's own classes")
class QuarkusTest extends JaxrsEndpointContract {
  @Override
  protected String container() {
    return "Quarkus " + QuarkusBootstrap.class.getPackage().getImplementationVersion();
  }

  @Override
  protected Endpoint start(WebhookHandler handler) throws Exception {
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    try {
      System.getProperties().put(WebhookHandler.class, handler);
      CuratedApplication application =
          QuarkusBootstrap.builder()
              .setApplicationRoot(Path.of("target/classes").toAbsolutePath())
              .setProjectRoot(Path.of("").toAbsolutePath())
              .setTargetDirectory(Path.of("target").toAbsolutePath())
              .setMode(QuarkusBootstrap.Mode.TEST)
              .setTest(true)
              .setLocalProjectDiscovery(true)
              .build()
              .bootstrap();
      RunningQuarkusApplication running =
          application.createAugmentor().createInitialRuntimeApplication().run();
      int port = running.getConfigValue("quarkus.http.test-port", Integer.class).orElseThrow();
      // The rest of what was started belongs to the others, too.
      return new Endpoint(webhook(port), running::close);
    } finally {
      Thread.currentThread().setContextClassLoader(loader);
    }
  }
}
