/** From a stored delivery to a routed ticket. */
@NullMarked
package io.github.nylaswebhook.pipeline;

import org.jspecify.annotations.NullMarked;
