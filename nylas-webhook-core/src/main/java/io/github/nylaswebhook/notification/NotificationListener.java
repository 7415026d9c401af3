package io.github.nylaswebhook.notification;

/**
 * Is told of notifications of a trigger. Called after the delivery was acknowledged, from the
 * inbox's workers, so from many threads; at least once, since a delivery whose processing failed is
 * processed again. What it throws makes the delivery be retried; listeners that have succeeded
 * aren't called again for it.
 */
@FunctionalInterface
public interface NotificationListener {
  void onNotification(Notification notification) throws Exception;
}
