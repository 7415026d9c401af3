/**
 * The endpoint as a JAX-RS resource, and what makes its handler from the beans of an application.
 */
@NullMarked
package io.github.nylaswebhook.jaxrs;

import org.jspecify.annotations.NullMarked;
