// The functions of the contract that this node calls; `wit/flow-like-node.wit` has all of them.

declare module "flow-like:node/logging@0.1.0" {
  /** 0 debug, 1 info, 2 warning, 3 error, 4 fatal. */
  export function log(level: number, message: string): void;
}

declare module "flow-like:node/streaming@0.1.0" {
  export function text(content: string): void;
}
