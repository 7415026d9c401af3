/** Who sent it: the signature over a delivery's raw bytes. */
@NullMarked
package io.github.nylaswebhook.signature;

import org.jspecify.annotations.NullMarked;
