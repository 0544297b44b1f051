/**
 * A client of the parcel service.
 * @packageDocumentation
 */
import { type AgentOptions } from "agents";
import type { Parcel, ParcelId, Receipt } from "parcels";

/** What a client is made from. */
export interface ClientOptions extends AgentOptions {
  /** Where the service is. */
  endpoint: string;
  /** How often to try again. */
  retries?: number;
}

/** The states of a connection. */
export enum State {
  Idle = "idle",
  Busy = "busy",
}

type Header = [name: string, value: string];

export const DEFAULT_OPTIONS: ClientOptions = undefined as any;

/** Is thrown when the service refuses a parcel. */
export class RefusedError extends Error {
  readonly parcel!: ParcelId;

  constructor(parcel: ParcelId, reason: string) {
    super(undefined as never);
    throw new Error("hidden");
  }
}

/** Talks to the service. */
export class Client<T extends Parcel = Parcel> {
  state!: State;
  retries = 0;
  onReceipt: (receipt: Receipt) => void = undefined as any;

  constructor(
    readonly options: ClientOptions = undefined as any,
    agent = undefined as any,
  ) {
    throw new Error("hidden");
  }

  /** How many clients there are. */
  static get count(): any {
    throw new Error("hidden");
  }

  /** Sends a parcel. */
  async send(parcel: T, headers: Header[] = undefined as any): Promise<Receipt> {
    throw new Error("hidden");
  }
}

export function isParcel(value: unknown): value is Parcel;
export function isParcel(value: any): boolean {
  throw new Error("hidden");
}

export const connect = async (endpoint: string): Promise<any> => {
  throw new Error("hidden");
};

export default Client;
