/** Stands for a store Worker that opens well and dies at the first batch. */

// In a Worker `self` is a DedicatedWorkerGlobalScope, which the window's types do not know.
const scope = self as unknown as {
  onmessage: (event: MessageEvent<{ kind: string }>) => void;
  postMessage(reply: unknown): void;
};
scope.onmessage = ({ data }) => {
  if (data.kind !== "open") throw new RangeError("out of memory");
  scope.postMessage({ kind: "opened" });
};
