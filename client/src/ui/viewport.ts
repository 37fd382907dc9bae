/** The one width that the layout turns on. */
export const PHONE_QUERY = '(max-width: 719px)';
