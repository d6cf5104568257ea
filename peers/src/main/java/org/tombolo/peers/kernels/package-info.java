/// The examples of kernels in Java on their own engine and on Aparapi's, each in a process of its
/// own; [org.tombolo.peers.kernels.KernelPeers] runs them all and prints the table.
@NullMarked
package org.tombolo.peers.kernels;

import org.jspecify.annotations.NullMarked;
