// In a hidden frame, after the issuer was asked whether somebody is signed in: hands its answer to the page around it.
import { UserManager } from 'oidc-client-ts'
import { settings } from './settings'

void new UserManager(settings()).signinSilentCallback()
