import { Component, type ReactNode } from "react";

interface BoundaryProps {
  /** What is shown where the rest could not be. */
  otherwise: ReactNode;
  children: ReactNode;
}

/** Keeps a fault of what is in it from taking the whole page along. */
export class Boundary extends Component<BoundaryProps, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  override render() {
    return this.state.hasFailed ? this.props.otherwise : this.props.children;
  }
}
