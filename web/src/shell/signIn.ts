const KEPT = "after-sign-in";

/** Leave for the sign-in page, which comes back to where one is now. */
export function goToSignIn(): void {
  sessionStorage.setItem(KEPT, location.pathname + location.search);
  location.assign("/sign-in");
}
