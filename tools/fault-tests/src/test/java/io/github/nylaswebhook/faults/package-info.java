/**
 * What survives when processes are killed and what they depend on stops: real JVMs, real databases,
 * real signals.
 */
@NullMarked
package io.github.nylaswebhook.faults;

import org.jspecify.annotations.NullMarked;
