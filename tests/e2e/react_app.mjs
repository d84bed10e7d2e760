import { createAuthClient } from 'better-auth/react'
import { createElement as h } from 'react'
import { createRoot } from 'react-dom/client'

const ada = { name: 'Ada', email: 'ada@example.com', password: 'correct horse battery' }
const auth = createAuthClient({
  baseURL: document.documentElement.dataset.server,
  fetchOptions: { credentials: 'include' },
})

function App() {
  const { data, isPending, error } = auth.useSession()
  const who = isPending ? 'asking' : error ? `error ${error.status}` : (data?.user.email ?? 'nobody')
  const button = (id, act) => h('button', { id, onClick: act }, id)
  return h(
    'main',
    null,
    h('p', { id: 'who' }, who),
    button('up', () => auth.signUp.email(ada)),
    button('in', () => auth.signIn.email(ada)),
    button('out', () => auth.signOut()),
  )
}

createRoot(document.getElementById('root')).render(h(App))
