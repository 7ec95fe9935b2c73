/** The demonstration password of virtual PCs in tests. */
export const password = 'P@ssw0rd1';
